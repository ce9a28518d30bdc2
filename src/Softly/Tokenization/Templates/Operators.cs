namespace Softly.Tokenization.Templates;

/// <summary>Python's operators on template values.</summary>
internal static class Operators
{
    public static object? Binary(string symbol, object? left, object? right, Limits limits)
    {
        if (symbol == "~")
        {
            var (start, end) = (PythonText.Of(left, limits), PythonText.Of(right, limits));
            limits.CheckText((long)start.Length + end.Length);
            return start + end;
        }

        if ((left as Undefined ?? right as Undefined) is { } undefined) throw undefined.Fault();
        switch (symbol, left, right)
        {
            case ("+", string start, string end):
                limits.CheckText((long)start.Length + end.Length);
                return start + end;
            case ("+", ListValue start, ListValue end) when start.IsTuple == end.IsTuple:
                limits.CheckItems((long)start.Items.Count + end.Items.Count);
                return new ListValue([.. start.Items, .. end.Items], start.IsTuple);
            case ("*", string or ListValue, long or bool):
                return Repeat(left, Integer(right), limits);
            case ("*", long or bool, string or ListValue):
                return Repeat(right, Integer(left), limits);
        }

        if (!IsNumber(left) || !IsNumber(right))
        {
            throw new TemplateFault($"'{symbol}' cannot join {Values.Kind(left)} and {Values.Kind(right)}"
                + (symbol == "+" && (left is string || right is string) ? "; '~' can" : ""));
        }

        try
        {
            return left is double || right is double || symbol == "/" || (symbol == "**" && Integer(right) < 0)
                ? (object)Calculate(symbol, Double(left), Double(right))
                : Calculate(symbol, Integer(left), Integer(right));
        }
        catch (OverflowException)
        {
            throw new TemplateFault($"the result of '{symbol}' is too large");
        }
    }

    public static object Negate(object? value) => value switch
    {
        double number => -number,
        long.MinValue => throw new TemplateFault("the result of '-' is too large"),
        long or bool => (object)-Integer(value),
        Undefined undefined => throw undefined.Fault(),
        _ => throw new TemplateFault($"'-' needs a number, not {Values.Kind(value)}"),
    };

    public static bool Compare(string symbol, object? left, object? right, Limits limits) => symbol switch
    {
        "==" => AreEqual(left, right, limits),
        "!=" => !AreEqual(left, right, limits),
        "in" => Contains(right, left, limits),
        "not in" => !Contains(right, left, limits),
        "<" => Compare(left, right, limits) < 0,
        "<=" => Compare(left, right, limits) <= 0,
        ">" => Compare(left, right, limits) > 0,
        _ => Compare(left, right, limits) >= 0,
    };

    public static bool AreEqual(object? left, object? right, Limits limits)
    {
        Limits.CheckStack("a comparison");
        limits.Spend();
        if (left is string read) limits.SpendOnReading(read.Length);
        return (left, right) switch
        {
            (string a, string b) => a == b,
            (Undefined, Undefined) => true,
            (ListValue a, ListValue b) => a.IsTuple == b.IsTuple && a.Items.Count == b.Items.Count
                && a.Items.Zip(b.Items).All(p => AreEqual(p.First, p.Second, limits)),
            (DictValue a, DictValue b) => a.Entries.Count == b.Entries.Count
                && a.Entries.All(e => b.TryGet(e.Key, out var other) && AreEqual(e.Value, other, limits)),
            _ when IsNumber(left) && IsNumber(right) && (left is double || right is double) => Double(left) == Double(right),
            _ when IsNumber(left) && IsNumber(right) => Integer(left) == Integer(right),
            _ => ReferenceEquals(left, right),
        };
    }

    public static bool Contains(object? holder, object? item, Limits limits)
    {
        switch (holder)
        {
            case string text when item is string part:
                limits.SpendOnReading(text.Length);
                return text.Contains(part, StringComparison.Ordinal);
            case string:
                throw item is Undefined undefined ? undefined.Fault()
                    : new TemplateFault($"'in' looks for text in text, not for {Values.Kind(item)}");
            case DictValue dict:
                return dict.TryGet(item, out _);
            case ListValue or Undefined:
                return Values.Iterate(holder, limits).Any(i => AreEqual(i, item, limits));
            default:
                throw new TemplateFault($"'in' cannot look into {Values.Kind(holder)}");
        }
    }

    /// <summary>Items in the order of their keys, which must be numbers, texts or lists; equal ones stay as they are.</summary>
    public static T[] Sort<T>(IEnumerable<T> items, Func<T, object?> key, bool isReversed, Limits limits)
    {
        var order = Comparer<object?>.Create((a, b) => Compare(a, b, limits));
        try
        {
            return [.. isReversed ? items.OrderByDescending(key, order) : items.OrderBy(key, order)];
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateFault fault)
        {
            throw fault; // Sorting wraps what a comparison throws.
        }
    }

    private static int Compare(object? left, object? right, Limits limits)
    {
        Limits.CheckStack("a comparison");
        limits.Spend();
        if ((left as Undefined ?? right as Undefined) is { } undefined) throw undefined.Fault();
        switch (left, right)
        {
            case (string a, string b):
                limits.SpendOnReading(a.Length);
                return CompareTexts(a, b);
            case (ListValue a, ListValue b) when a.IsTuple == b.IsTuple:
                return a.Items.Zip(b.Items).Select(p => Compare(p.First, p.Second, limits))
                    .FirstOrDefault(c => c != 0, a.Items.Count - b.Items.Count);
            case var _ when IsNumber(left) && IsNumber(right):
                return left is double || right is double
                    ? Double(left).CompareTo(Double(right))
                    : Integer(left).CompareTo(Integer(right));
            default:
                throw new TemplateFault($"{Values.Kind(left)} and {Values.Kind(right)} have no order");
        }
    }

    /// <summary>By code points: a surrogate stands above the units that follow the surrogates' range.</summary>
    private static int CompareTexts(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length) return a.Length - b.Length;
        return char.IsSurrogate(a[same]) == char.IsSurrogate(b[same]) ? a[same] - b[same] : char.IsSurrogate(a[same]) ? 1 : -1;
    }

    private static object Repeat(object? value, long times, Limits limits)
    {
        times = Math.Max(0, times);
        if (value is string text)
        {
            if (text.Length > 0 && times > Limits.Text) times = Limits.Text + 1L;
            limits.CheckText(text.Length * times);
            return text.Length == 0 ? "" : string.Concat(Enumerable.Repeat(text, (int)times));
        }

        var list = (ListValue)value!;
        if (list.Items.Count > 0 && times > Limits.Items) times = Limits.Items + 1L;
        limits.CheckItems(list.Items.Count * times);
        if (list.Items.Count == 0) return list;
        return new ListValue([.. Enumerable.Repeat(list.Items, (int)times).SelectMany(i => i)], list.IsTuple);
    }

    private static long Calculate(string symbol, long a, long b)
    {
        switch (symbol)
        {
            case "+":
                return checked(a + b);
            case "-":
                return checked(a - b);
            case "*":
                return checked(a * b);
            case "**":
                return Power(a, b);
            default:
                if (b == 0) throw new TemplateFault("division by zero");
                if (b == -1) return symbol == "//" ? checked(-a) : 0L;
                // Python rounds down, .NET towards zero.
                var rest = a % b;
                var isOff = rest != 0 && (rest < 0) != (b < 0);
                return symbol == "//" ? (a / b) - (isOff ? 1 : 0) : isOff ? rest + b : rest;
        }
    }

    private static double Calculate(string symbol, double a, double b)
    {
        if (symbol is "/" or "//" or "%" && b == 0) throw new TemplateFault("division by zero");
        var rest = a % b;
        if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
        return symbol switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => rest,
            _ => Math.Pow(a, b),
        };
    }

    private static long Power(long value, long exponent)
    {
        var result = 1L;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0) result = checked(result * value);
            if (exponent > 1) value = checked(value * value);
        }

        return result;
    }

    private static bool IsNumber(object? value) => value is long or double or bool;

    private static long Integer(object? value) => value is bool flag ? flag ? 1 : 0 : (long)value!;

    private static double Double(object? value) => value is double number ? number : Integer(value);
}
