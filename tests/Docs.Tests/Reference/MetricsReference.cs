using System.Diagnostics.Metrics;
using System.Globalization;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Orleans.Chat.Docs.Tests.Reference;

/// <summary>An instrument of ours, and the labels that its code gives it.</summary>
internal sealed record Metric(Instrument Instrument, IReadOnlyList<string> Labels)
{
    /// <summary>The name on <c>/metrics</c>, by the rules of OpenTelemetry's Prometheus exporter.</summary>
    public string Name
    {
        get
        {
            var name = Instrument.Name.Replace('.', '_');
            if (Instrument.Unit == "s")
                name += "_seconds";
            return Type == "counter" ? name + "_total" : name;
        }
    }

    public string Type =>
        Instrument.GetType().Name switch
        {
            var t when t.StartsWith("Counter", StringComparison.Ordinal) => "counter",
            var t when t.StartsWith("Histogram", StringComparison.Ordinal) => "histogram",
            _ => "gauge",
        };
}

/* All instruments are made by classes named …Metrics, and written to by their methods alone: so they are found by making each class and
 * calling each method with nothing in particular, which also shows the labels. */
internal static class MetricsReference
{
    private static readonly Assembly[] Assemblies =
    [
        Assembly.Load("Orleans.Chat.Gateway"),
        Assembly.Load("Orleans.Chat.Grains"),
        Assembly.Load("Orleans.Chat.PushStreams"),
        Assembly.Load("Orleans.Chat.Storage"),
    ];

    public static IReadOnlyList<Metric> Read()
    {
        var labels = new Dictionary<Instrument, SortedSet<string>>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name.StartsWith("Orleans.Chat.", StringComparison.Ordinal))
                {
                    labels.TryAdd(instrument, new(StringComparer.Ordinal));
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, _, tags, _) => Note(labels[i], tags));
        listener.SetMeasurementEventCallback<int>((i, _, tags, _) => Note(labels[i], tags));
        listener.SetMeasurementEventCallback<double>((i, _, tags, _) => Note(labels[i], tags));
        listener.Start();
        using var meters = new Meters();
        foreach (var type in Assemblies.SelectMany(a => a.GetTypes()).Where(t => t.Name.EndsWith("Metrics", StringComparison.Ordinal)))
            Exercise(type, meters);
        listener.RecordObservableInstruments();
        return [.. labels.Select(l => new Metric(l.Key, [.. l.Value])).OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    public static string Render(IEnumerable<Metric> metrics)
    {
        var page = new StringBuilder(
            """
            # Metrics

            Made from the code; CONTRIBUTING.md says how. `/metrics` of a silo and of a gateway have those of their process; one that has counted nothing yet is missing. Those of Orleans
            (`microsoft_orleans_…`), of the .NET runtime and of Kestrel stand beside them, as their own documentation describes them.

            | name | type | unit | labels | what it tells |
            | --- | --- | --- | --- | --- |

            """
        );
        foreach (var metric in metrics)
        {
            var (unit, labels) = (metric.Instrument.Unit?.Trim('{', '}'), string.Join(", ", metric.Labels.Select(l => $"`{l}`")));
            page.Append(
                CultureInfo.InvariantCulture,
                $"| `{metric.Name}` | {metric.Type} | {unit} | {labels} | {ReferencePage.Cell(metric.Instrument.Description ?? "")} |\n"
            );
        }
        return page.ToString();
    }

    private static void Exercise(Type type, IMeterFactory meters)
    {
        const BindingFlags Ours = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        var made =
            type.IsAbstract ? null
            : type.GetConstructors()[0] is var c ? c.Invoke(Anything(c, meters))
            : null;
        foreach (var method in type.GetMethods(Ours).Where(m => !m.IsSpecialName))
            method.Invoke(made, Anything(method, meters));
    }

    private static object?[] Anything(MethodBase method, IMeterFactory meters) =>
        [.. method.GetParameters().Select(p => p.ParameterType == typeof(IMeterFactory) ? meters : Anything(p.ParameterType))];

    private static object? Anything(Type type)
    {
        if (type == typeof(string))
            return "any";
        if (typeof(Delegate).IsAssignableFrom(type))
            return Expression.Lambda(type, Expression.Default(type.GetMethod("Invoke")!.ReturnType)).Compile();
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    private static void Note(SortedSet<string> labels, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (label, _) in tags)
            labels.Add(label);
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _made = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _made.Add(meter);
            return meter;
        }

        public void Dispose() => _made.ForEach(m => m.Dispose());
    }
}
