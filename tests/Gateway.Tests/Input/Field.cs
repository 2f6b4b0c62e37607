namespace Orleans.Chat.Gateway.Tests.Input;

public enum FieldKind
{
    Id,
    Uuid,
    Text,
    Enum,
    Int,
    Bool,
    Time,
    Ids,
    Metadata,
    Object,

    /// <summary>Opaque to clients: of a list, or of a synchronisation.</summary>
    Cursor,
    Ignored,
}

public enum FieldPlace
{
    Body,
    Query,
    Header,
}

/// <summary>What protocol.md says of one field: from this alone its bad values are made.</summary>
/// <param name="Name">On the wire; a dot leads into an object.</param>
public sealed record Field(string Name, FieldKind Kind)
{
    public FieldPlace Place { get; init; }
    public bool Required { get; init; }
    public long Min { get; init; }
    public long Max { get; init; } = long.MaxValue;

    /// <summary>The code of a value that is over <see cref="Max"/>.</summary>
    public string OverCode { get; init; } = "validation_failed";

    /// <summary>What an error calls the field where that is not its name.</summary>
    public string Blamed => Place == FieldPlace.Header ? Name.Replace('-', '_').ToLowerInvariant() : Name;

    public Field Needed() => this with { Required = true };

    public Field Query() => this with { Place = FieldPlace.Query };

    public Field Header() => this with { Place = FieldPlace.Header };

    public static Field Id(string name) => new(name, FieldKind.Id);

    public static Field Uuid(string name) => new(name, FieldKind.Uuid);

    public static Field Text(string name, int min, int max) => new(name, FieldKind.Text) { Min = min, Max = max };

    public static Field Enum(string name) => new(name, FieldKind.Enum);

    public static Field Int(string name, long min, long max = long.MaxValue) => new(name, FieldKind.Int) { Min = min, Max = max };

    public static Field Bool(string name) => new(name, FieldKind.Bool);

    public static Field Time(string name) => new(name, FieldKind.Time);

    public static Field Ids(string name, int max) => new(name, FieldKind.Ids) { Max = max };

    public static Field Metadata() => new("metadata", FieldKind.Metadata);

    public static Field Object(string name) => new(name, FieldKind.Object);

    public static Field Cursor(string name) => new(name, FieldKind.Cursor) { Min = 1, Max = 4_096 };

    public static Field Limit() => Int("limit", 1, 200);

    /// <summary>One that the description names and this call does not read.</summary>
    public static Field Ignored(string name) => new(name, FieldKind.Ignored);
}
