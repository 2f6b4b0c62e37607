using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans.Chat.Grains.Interfaces.Users;
using Orleans.Serialization.Invocation;

namespace Orleans.Chat.EndToEnd;

/* Orleans writes a call that was late, lost or refused to the log, as the call describes itself. A silo or gateway in trouble must not for that
 * write down what the call carries. */
public sealed class CallTextTests
{
    private const string Canary = "canary-7f3a";

    public static TheoryData<string> Calls => [.. Types().Select(t => t.Name)];

    [Theory, MemberData(nameof(Calls))]
    public void A_call_does_not_tell_what_it_carries(string name)
    {
        using var call = (IInvokable)Activator.CreateInstance(Types().Single(t => t.Name == name), nonPublic: true)!;
        var parameters = call.GetMethod().GetParameters();
        for (var i = 0; i < call.GetArgumentCount(); i++)
            call.SetArgument(i, Filled(parameters[i].ParameterType)!);
        call.ToString()!.ShouldNotContain(Canary);
    }

    private static IEnumerable<Type> Types() =>
        typeof(IAccountGrain)
            .Assembly.GetTypes()
            .Where(t => t.IsAssignableTo(typeof(IInvokable)) && !t.IsAbstract && !t.ContainsGenericParameters);

    private static object? Filled(Type type)
    {
        if (type == typeof(string))
            return Canary;
        if (type.IsArray)
        {
            var array = Array.CreateInstance(type.GetElementType()!, 1);
            array.SetValue(Filled(type.GetElementType()!), 0);
            return array;
        }
        if (type.IsValueType || type.IsInterface || type.IsAbstract)
            return type.IsValueType ? Activator.CreateInstance(type) : null;
        var value = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
        {
            if (
                field.FieldType == typeof(string)
                || field.FieldType.Assembly == typeof(Protocol.User).Assembly
                || field.FieldType == typeof(string[])
            )
                field.SetValue(value, Filled(field.FieldType));
        }
        return value;
    }
}
