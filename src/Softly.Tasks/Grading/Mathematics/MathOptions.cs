using System.Globalization;
using System.Text.Json;

namespace Softly.Tasks.Mathematics;

/// <summary>What counts as the same answer, where people differ. The defaults are for evaluation.</summary>
public sealed record MathOptions
{
    private static readonly Dictionary<string, Func<MathOptions, JsonElement, MathOptions>> Setters = new()
    {
        ["percent_sign_optional"] = (o, v) => o with { PercentSignOptional = v.GetBoolean() },
        ["decimal_comma"] = (o, v) => o with { DecimalComma = v.GetBoolean() },
        ["float_decimals"] = (o, v) => o with { FloatDecimals = Digits(v) },
        ["relation_for_interval"] = (o, v) => o with { RelationForInterval = v.GetBoolean() },
        ["require_boxed"] = (o, v) => o with { RequireBoxed = v.GetBoolean() },
        ["ignore_think"] = (o, v) => o with { IgnoreThink = v.GetBoolean() },
        ["allow_unevaluated"] = (o, v) => o with { AllowUnevaluated = v.GetBoolean() },
        ["log_is_natural"] = (o, v) => o with { LogIsNatural = v.GetBoolean() },
        ["base_subscript_optional"] = (o, v) => o with { BaseSubscriptOptional = v.GetBoolean() },
        ["base_value_equivalence"] = (o, v) => o with { BaseValueEquivalence = v.GetBoolean() },
        ["multiset"] = (o, v) => o with { Multiset = v.GetBoolean() },
        ["number_words"] = (o, v) => o with { NumberWords = v.GetBoolean() },
    };

    /// <summary>All names that <see cref="With"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Setters.Keys];

    /// <summary>With true, <c>25\%</c> and <c>25</c> are equal. Without, a percentage is its value: 0.25.</summary>
    public bool PercentSignOptional { get; init; }

    /// <summary>With true, <c>1,22</c> is 1.22.</summary>
    public bool DecimalComma { get; init; }

    /// <summary>
    /// Digits behind the point to which a decimal is compared with an exact value that is none; below 10^-3, significant digits.
    /// </summary>
    public int FloatDecimals { get; init; } = 6;

    /// <summary>With true, <c>-2 \le x \le 7</c> answers <c>[-2,7]</c>; an interval always answers a relation.</summary>
    public bool RelationForInterval { get; init; }

    /// <summary>With true, only what stands in a box is an answer.</summary>
    public bool RequireBoxed { get; init; }

    /// <summary>With true, thoughts are not searched for an answer.</summary>
    public bool IgnoreThink { get; init; }

    /// <summary>
    /// With false, an answer with an integral, sum, product, limit or greatest common divisor is refused where the reference has
    /// none: it may be a copy of the question.
    /// </summary>
    public bool AllowUnevaluated { get; init; } = true;

    /// <summary>With true, <c>\log</c> without a base is the natural logarithm; else the decimal one.</summary>
    public bool LogIsNatural { get; init; }

    /// <summary>With true, <c>204</c> answers <c>204_5</c>.</summary>
    public bool BaseSubscriptOptional { get; init; }

    /// <summary>With true, numbers in two bases are equal where their values are.</summary>
    public bool BaseValueEquivalence { get; init; }

    /// <summary>With true, repeated members of sets and lists count.</summary>
    public bool Multiset { get; init; }

    /// <summary>With true, <c>five</c> is 5.</summary>
    public bool NumberWords { get; init; }

    /// <summary>The same with one option set by its name in JSON.</summary>
    /// <exception cref="ArgumentException">There is no such option, or the value is not of its kind.</exception>
    public MathOptions With(string name, JsonElement value)
    {
        if (!Setters.TryGetValue(name, out var set))
        {
            var near = NearestName.Of(name, Names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";
            throw new ArgumentException($"there is no option '{name}' for comparing answers{near} Options: {string.Join(", ", Names)}.");
        }
        try
        {
            return set(this, value);
        }
        catch (InvalidOperationException)
        {
            var kind = name == "float_decimals" ? "a whole number from 1 to 15" : "true or false";
            throw new ArgumentException($"option '{name}' must be {kind}, not {value.GetRawText()}.");
        }
    }

    private static int Digits(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var digits) && digits is >= 1 and <= 15
            ? digits : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{value} is no count of digits"));
}
