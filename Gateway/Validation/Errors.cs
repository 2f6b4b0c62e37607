using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Validation;

/* Everything that is wrong with a request is told at once, by the field's wire name. What makes a request well formed and yet refused (too
 * large, another's name) is told only when nothing else is wrong. */
internal sealed class Errors
{
    private Dictionary<string, List<string>>? _errors;
    private Problem? _refusal;

    /// <summary>What is to be answered; null when nothing is wrong.</summary>
    public Problem? Problem =>
        _errors is null
            ? _refusal
            : new Problem
            {
                Code = ProblemCodes.ValidationFailed,
                Detail = "The request has fields that are not valid.",
                Errors = _errors.ToDictionary(e => e.Key, e => e.Value.ToArray(), StringComparer.Ordinal),
            };

    public void Add(string field, string error)
    {
        _errors ??= new Dictionary<string, List<string>>(StringComparer.Ordinal);
        if (!_errors.TryGetValue(field, out var list))
            _errors[field] = list = [];
        if (!list.Contains(error, StringComparer.Ordinal))
            list.Add(error);
    }

    /// <summary>How many fields are wrong.</summary>
    public int Count => _errors?.Count ?? 0;

    public void Refuse(Problem problem) => _refusal ??= problem;

    public Errors Required(string field, object? value)
    {
        if (value is null)
            Add(field, "It is required.");
        return this;
    }

    /// <summary>An id; absent is fine unless <paramref name="required"/>.</summary>
    public Errors Id(string field, string? value, bool required = true)
    {
        if (value is null)
            return required ? Required(field, value) : this;
        if (!Ids.IsValid(value))
            Add(field, "An id has 1 to 36 characters of A-Z a-z 0-9 - _ . and begins with a letter or digit.");
        return this;
    }

    public Errors Uuid(string field, string? value, bool required = true)
    {
        if (value is null)
            return required ? Required(field, value) : this;
        if (!Ids.IsUuid(value))
            Add(field, "A UUID is expected.");
        return this;
    }

    /// <summary>A text of so many UTF-16 code units.</summary>
    public Errors Text(string field, string? value, int min, int max, bool required = true)
    {
        if (value is null)
            return required ? Required(field, value) : this;
        if (value.Length < min || value.Length > max)
            Add(field, $"It must have {min} to {max} characters.");
        return Characters(field, value);
    }

    /// <summary>U+0000 and lone surrogates can be stored nowhere.</summary>
    public Errors Characters(string field, string? value)
    {
        if (value is not null && !Unicode.IsSound(value))
            Add(field, Unicode.Error);
        return this;
    }

    public Errors OneOf(string field, string? value, IReadOnlyCollection<string> values, bool required = true)
    {
        if (value is null)
            return required ? Required(field, value) : this;
        if (!values.Contains(value))
            Add(field, $"It must be one of {string.Join(", ", values)}.");
        return this;
    }

    public Errors Range(string field, long? value, long min, long max, bool required = false)
    {
        if (value is null)
            return required ? Required(field, value) : this;
        if (value < min || value > max)
            Add(field, max == long.MaxValue ? $"It must be {min} or more." : $"It must be {min} to {max}.");
        return this;
    }
}
