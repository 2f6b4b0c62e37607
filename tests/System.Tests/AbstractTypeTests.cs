using System.Collections;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Silo;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Configuration;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.Session;
using Orleans.Serialization.WireProtocol;
using Orleans.Streams;

namespace Orleans.Chat.SystemTests;

/* Bytes between the servers that say of a value that it is of an abstract type: Orleans' own reader overflows the stack, which nothing catches. So what is
 * looked at first is who would read them: with the wrong reader the tests fail, and do not end. */
public sealed class AbstractTypeTests
{
    // Of types that nobody generated anything of.
    private static readonly Type[] Interfaces = [typeof(IBatchContainer), typeof(IEnumerable), typeof(IEqualityComparer<string>)];

    public static TheoryData<string> Servers => ["silo", "gateway"];

    [Theory, MemberData(nameof(Servers))]
    public async Task A_value_of_an_abstract_type_is_refused(string server)
    {
        await using var host = Host(server);
        var abstracts = Generated(host.Services).Concat(Interfaces).ToArray();
        Type[] some =
        [
            typeof(GatewayEvent),
            typeof(ChatEvent),
            typeof(StreamSubscriptionHandle<string>),
            typeof(AsyncEnumerableRequest<string>),
        ];
        some.ShouldBeSubsetOf(abstracts);

        foreach (var type in abstracts)
        {
            Reader(host.Services, type).ShouldNotBeAssignableTo<AbstractTypeSerializer>(type.ToString());
            Should.Throw<IllegalTypeException>(() => Read(host.Services, type), type.ToString());
        }
    }

    [Theory, MemberData(nameof(Servers))]
    public async Task A_value_behind_one_is_written_and_read_as_Orleans_does(string server)
    {
        await using var host = Host(server);
        await using var plain = new ServiceCollection().AddSerializer().BuildServiceProvider();
        var (ours, theirs) = (host.Services.GetRequiredService<Serializer>(), plain.GetRequiredService<Serializer>());
        List<GatewayEvent> events = [new WhoIsHere(["alice"]), new Heartbeat(), new CloseSession("alice", "session-1")];

        var bytes = ours.SerializeToArray(events);

        bytes.ShouldBe(theirs.SerializeToArray(events));
        ours.Deserialize<List<GatewayEvent>>(bytes).ShouldBeEquivalentTo(events);
    }

    private static WebApplication Host(string server)
    {
        var builder = WebApplication.CreateBuilder();
        // Nothing of it starts. A silo of a cluster by Redis would connect as it is built.
        (string Name, string Value)[] settings =
        [
            ("ConnectionStrings:Redis", "127.0.0.1:1"),
            ("ConnectionStrings:Postgres", "Host=127.0.0.1"),
            ("Storage:Provider", "Postgres"),
            ("Cluster:Membership", "Localhost"),
        ];
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        return (server == "silo" ? builder.AddChatSilo() : builder.AddChatGatewayClient()).Build();
    }

    /// <summary>The abstract types that Orleans generated a serializer of.</summary>
    private static IEnumerable<Type> Generated(IServiceProvider services) =>
        services
            .GetRequiredService<IOptions<TypeManifestOptions>>()
            .Value.Serializers.Where(s => s.IsAssignableTo(typeof(AbstractTypeSerializer)))
            .SelectMany(s => s.GetInterfaces())
            .Where(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IFieldCodec<>))
            .Select(i => i.GenericTypeArguments[0])
            .Select(t => t.ContainsGenericParameters ? t.GetGenericTypeDefinition().MakeGenericType(typeof(string)) : t)
            .Distinct();

    private static IFieldCodec Reader(IServiceProvider services, Type type) => services.GetRequiredService<CodecProvider>().GetCodec(type);

    private static object? Read(IServiceProvider services, Type type)
    {
        using var writing = services.GetRequiredService<SerializerSessionPool>().GetSession();
        var writer = Writer.CreatePooled(writing);
        writer.WriteFieldHeader(0, typeof(object), type, WireType.TagDelimited);
        writer.WriteEndObject();
        writer.Commit();
        var bytes = writer.Output.ToArray();
        writer.Dispose();
        return services.GetRequiredService<Serializer>().Deserialize<object>(bytes);
    }
}
