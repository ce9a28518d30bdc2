using System.Collections.Frozen;

namespace Softly.Tasks.Mathematics;

/// <summary>Units that answers carry, with what they measure and how large they are.</summary>
internal static class Units
{
    private static readonly FrozenDictionary<string, (string Measures, Rational Size)> Known = Table();

    /// <summary>Words behind a number that say something else than in what it is counted.</summary>
    private static readonly string[] Doubtful =
    [
        "not", "than", "more", "less", "least", "most", "or", "squared", "cubed", "factorial", "root", "times", "plus", "minus",
        "over",
        "divided", "half", "halves", "third", "thirds", "quarter", "quarters", "fourths", "fifths", "sixths", "sevenths",
        "eighths",
        "ninths", "tenths", "hundredths", "thousandths", "wrong", "incorrect", "never", "except", "score", "below", "negative",
        "false",
    ];

    /// <summary>Words that tell one time, temperature or direction from another, under one name each.</summary>
    private static readonly FrozenDictionary<string, string> Telling = new Dictionary<string, string>
    {
        ["am"] = "am", ["pm"] = "pm", ["noon"] = "noon", ["midnight"] = "midnight",
        ["c"] = "celsius", ["celsius"] = "celsius", ["f"] = "fahrenheit", ["fahrenheit"] = "fahrenheit", ["kelvin"] = "kelvin",
        ["n"] = "north", ["north"] = "north", ["s"] = "south", ["south"] = "south", ["e"] = "east", ["east"] = "east",
        ["w"] = "west", ["west"] = "west", ["left"] = "left", ["right"] = "right", ["up"] = "up", ["down"] = "down",
    }.ToFrozenDictionary();

    /// <summary>
    /// Whether two units cannot be of one answer: they measure different things, or are two times of day, temperatures or
    /// directions. What is counted may have any name.
    /// </summary>
    public static bool Clash(string a, string b)
    {
        var (ours, theirs) = (Told(a), Told(b));
        if (ours.Count > 0 && theirs.Count > 0) return !ours.SetEquals(theirs);
        return Of(a) is { } x && Of(b) is { } y && x.Measures != y.Measures && !IsCount(x.Measures) && !IsCount(y.Measures);

        static bool IsCount(string measures) => measures.StartsWith("count", StringComparison.Ordinal);

        static HashSet<string> Told(string unit) => [.. Spelling.Words(unit).Replace(".", "").Split(' ')
            .Where(Telling.ContainsKey).Select(w => Telling[w])];
    }

    /// <summary>Whether what stands behind a number is no unit but changes what is said.</summary>
    public static bool IsDoubtful(string unit) =>
        Of(unit) is null && Spelling.Words(unit).Split(' ').Any(w => Doubtful.Contains(w));

    /// <summary>Whether a word directly behind a number can only be a unit.</summary>
    public static bool IsUnit(string word) => word.Length > 1 && Known.ContainsKey(Singular(word));

    /// <summary>What a unit measures and its size in the basic unit of that kind; null where it is not known.</summary>
    public static (string Measures, Rational Size)? Of(string unit)
    {
        var words = unit.Replace(".", "").Replace(" per ", "/").Split([' ', '^'], StringSplitOptions.RemoveEmptyEntries)
            .Where(w => w != "of").ToArray();
        var power = 1;
        var name = "";
        foreach (var word in words)
        {
            var w = word.ToLowerInvariant();
            if (w is "square" or "squared" or "sq" or "2") power = 2;
            else if (w is "cubic" or "cubed" or "cu" or "3") power = 3;
            else if (name.Length == 0) name = word;
            else return null;
        }
        if (!Known.TryGetValue(Singular(name), out var known)) return null;
        return (power == 1 ? known.Measures : known.Measures + power, known.Size.Pow(power));
    }

    /// <summary>Whether words behind a number are per cent.</summary>
    public static bool IsPercent(string unit) =>
        unit.ToLowerInvariant() is "percent" or "pct" or "per cent" or "percentage" or "percents";

    /// <summary>Whether words behind a number are degrees of an angle.</summary>
    public static bool IsDegrees(string unit) => unit.ToLowerInvariant() is "degrees" or "degree" or "deg";

    private static string Singular(string word)
    {
        if (Known.ContainsKey(word)) return word;
        var w = word.ToLowerInvariant();
        return Known.ContainsKey(w) ? w : w is "feet" ? "foot" : w is "inches" ? "inch" : w is "pence" ? "penny"
            : w is "pennies" ? "penny" : w.EndsWith('s') && Known.ContainsKey(w[..^1]) ? w[..^1] : word;
    }

    private static FrozenDictionary<string, (string, Rational)> Table()
    {
        var table = new Dictionary<string, (string, Rational)>(StringComparer.Ordinal);
        void Add(string measures, string names, Rational size)
        {
            foreach (var name in names.Split(' ')) table[name] = (measures, size);
        }

        Add("length", "m meter metre", 1);
        Add("length", "cm centimeter centimetre", Rational.Of(1, 100));
        Add("length", "mm millimeter millimetre", Rational.Of(1, 1000));
        Add("length", "km kilometer kilometre", 1000);
        Add("length", "in inch", Rational.Of(254, 10000));
        Add("length", "ft foot", Rational.Of(3048, 10000));
        Add("length", "yd yard", Rational.Of(9144, 10000));
        Add("length", "mi mile", Rational.Of(1609344, 1000));
        Add("time", "s sec second", 1);
        Add("time", "ms millisecond", Rational.Of(1, 1000));
        Add("time", "min minute", 60);
        Add("time", "h hr hour", 3600);
        Add("time", "day", 86400);
        Add("time", "week", 604800);
        Add("month", "month", 1);
        Add("month", "year yr", 12);
        Add("money", "dollar usd", 1);
        Add("money", "cent penny", Rational.Of(1, 100));
        Add("mass", "g gram", 1);
        Add("mass", "mg milligram", Rational.Of(1, 1000));
        Add("mass", "kg kilogram", 1000);
        Add("mass", "ton tonne", 1_000_000);
        Add("weight", "lb lbs pound", 16);
        Add("weight", "oz ounce", 1);
        Add("length3", "L l liter litre", Rational.Of(1, 1000));
        Add("length3", "ml mL milliliter millilitre cc", Rational.Of(1, 1_000_000));
        Add("fluid", "cup", 2);
        Add("fluid", "pint", 4);
        Add("fluid", "quart", 8);
        Add("fluid", "gallon", 32);
        Add("angle", "degree deg", 1);
        Add("radian", "radian rad", 1); // a kind of its own: no fraction converts it into degrees
        Add("share", "percent pct percentage", 1);
        Add("speed", "mph mi/h mile/hour miles/hour", Rational.Of(1609344, 3_600_000));
        Add("speed", "kph kmh km/h km/hr kilometers/hour kilometres/hour", Rational.Of(1000, 3600));
        Add("speed", "m/s meters/second metres/second", 1);
        Add("count", "unit units", 1);
        Add("yuan", "yuan", 1);
        Add("euro", "euro", 1);
        Add("newton", "newton", 1);
        Add("joule", "joule", 1);
        Add("watt", "watt", 1);
        Add("volt", "volt", 1);
        Add("hertz", "Hz hertz", 1);
        return table.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
