using System.Text;

namespace Softly.Tokenization.Templates;

/// <summary>The methods of Python's texts.</summary>
internal static class TextMethods
{
    public static IReadOnlyDictionary<string, Builtin> Known { get; } = new Dictionary<string, Builtin>
    {
        ["strip"] = new("chars", c => Strip(Own(c), c.Text(0, null), true, true)),
        ["lstrip"] = new("chars", c => Strip(Own(c), c.Text(0, null), true, false)),
        ["rstrip"] = new("chars", c => Strip(Own(c), c.Text(0, null), false, true)),
        ["split"] = new("sep maxsplit", c => Split(c, fromEnd: false)),
        ["rsplit"] = new("sep maxsplit", c => Split(c, fromEnd: true)),
        ["splitlines"] = new("keepends", SplitLines),
        ["startswith"] = new("prefix", c => Affixes(c).Any(a => Own(c).StartsWith(a, StringComparison.Ordinal))),
        ["endswith"] = new("suffix", c => Affixes(c).Any(a => Own(c).EndsWith(a, StringComparison.Ordinal))),
        ["removeprefix"] = new("prefix", c => Own(c).StartsWith(c.Text(0), StringComparison.Ordinal) ? Own(c)[c.Text(0).Length..] : Own(c)),
        ["removesuffix"] = new("suffix", c => Own(c).EndsWith(c.Text(0), StringComparison.Ordinal) ? Own(c)[..^c.Text(0).Length] : Own(c)),
        ["partition"] = new("sep", c => Partition(c, Own(c).IndexOf(Separator(c), StringComparison.Ordinal), missingFirst: false)),
        ["rpartition"] = new("sep", c => Partition(c, Own(c).LastIndexOf(Separator(c), StringComparison.Ordinal), missingFirst: true)),
        ["replace"] = new("old new count", c => Replace(Own(c), c.Text(0), c.Text(1), c.Integer(2, -1), c.Limits)),
        ["join"] = new("items", c => Join(c.Limits, Own(c), [.. Values.Iterate(c.Get(0), c.Limits).Select(TextItem)])),
        ["find"] = new("sub", c => Position(Own(c), Own(c).IndexOf(c.Text(0), StringComparison.Ordinal))),
        ["rfind"] = new("sub", c => Position(Own(c), Own(c).LastIndexOf(c.Text(0), StringComparison.Ordinal))),
        ["count"] = new("sub", c => Occurrences(Own(c), c.Text(0))),
        ["upper"] = new("", c => Own(c).ToUpperInvariant()),
        ["lower"] = new("", c => Own(c).ToLowerInvariant()),
        ["capitalize"] = new("", c => Capitalize(Own(c))),
        ["title"] = new("", c => Title(Own(c))),
        ["isdigit"] = new("", c => AllAre(c, Rune.IsDigit)),
        ["isnumeric"] = new("", c => AllAre(c, Rune.IsNumber)),
        ["isalpha"] = new("", c => AllAre(c, Rune.IsLetter)),
        ["isalnum"] = new("", c => AllAre(c, r => Rune.IsLetter(r) || Rune.IsNumber(r))),
        ["isspace"] = new("", c => Own(c).Length > 0 && Own(c).All(PythonText.IsSpace)),
        ["isupper"] = new("", c => Own(c).Any(char.IsUpper) && !Own(c).Any(char.IsLower)),
        ["islower"] = new("", c => Own(c).Any(char.IsLower) && !Own(c).Any(char.IsUpper)),
    };

    /// <summary>Takes characters off the ends: those of <paramref name="characters"/>, or white space.</summary>
    public static string Strip(string text, string? characters, bool atStart, bool atEnd)
    {
        var set = characters?.EnumerateRunes().ToHashSet();
        var (start, end) = (0, text.Length);
        while (atStart && start < end && Rune.DecodeFromUtf16(text.AsSpan(start, end - start), out var rune, out var width) >= 0 && Goes(rune, text[start]))
            start += width;
        while (atEnd && start < end && Rune.DecodeLastFromUtf16(text.AsSpan(start, end - start), out var rune, out var width) >= 0 && Goes(rune, text[end - 1]))
            end -= width;
        return text[start..end];

        bool Goes(Rune rune, char c) => set?.Contains(rune) ?? PythonText.IsSpace(c);
    }

    public static string Replace(string text, string old, string by, long count, Limits limits)
    {
        if (count < 0) count = long.MaxValue;
        var found = Math.Min(count, old.Length == 0 ? PythonText.Length(text) + 1 : Occurrences(text, old));
        limits.CheckText(text.Length + (Math.Max(0, by.Length - old.Length) * found));
        if (old.Length > 0 && count >= text.Length) return text.Replace(old, by, StringComparison.Ordinal);

        // With a count, or between all characters.
        var replaced = new StringBuilder();
        var at = 0;
        for (var done = 0L; done < found; done++)
        {
            var next = old.Length == 0 ? done == 0 ? 0 : at + ((string)PythonText.Characters(text.Substring(at, Math.Min(2, text.Length - at)))[0]!).Length
                : text.IndexOf(old, at, StringComparison.Ordinal);
            replaced.Append(text, at, next - at).Append(by);
            at = next + old.Length;
        }

        return replaced.Append(text, at, text.Length - at).ToString();
    }

    public static string Join(Limits limits, string separator, IReadOnlyList<string> items)
    {
        limits.CheckText(items.Sum(i => (long)i.Length) + ((long)separator.Length * Math.Max(0, items.Count - 1)));
        return string.Join(separator, items);
    }

    public static string Capitalize(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>Begins words with a capital; a word begins after anything that is not a letter.</summary>
    private static string Title(string text) =>
        string.Concat(text.Select((c, i) => i > 0 && char.IsLetter(text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));

    private static string Own(Call call) => (string)call.Subject!;

    private static string TextItem(object? item, int at) =>
        item as string ?? throw new TemplateFault($"'join' needs texts; item {at} is {Values.Kind(item)}");

    private static bool AllAre(Call call, Func<Rune, bool> isIt) => Own(call).Length > 0 && Own(call).EnumerateRunes().All(isIt);

    private static IEnumerable<string> Affixes(Call call) =>
        call.Get(0) is ListValue { IsTuple: true } several ? several.Items.Select(TextItem) : [call.Text(0)];

    private static long Occurrences(string text, string part)
    {
        if (part.Length == 0) return PythonText.Length(text) + 1;
        var count = 0L;
        for (var at = text.IndexOf(part, StringComparison.Ordinal); at >= 0; at = text.IndexOf(part, at + part.Length, StringComparison.Ordinal)) count++;
        return count;
    }

    private static long Position(string text, int at) => at < 0 ? -1 : PythonText.Length(text[..at]);

    private static string Separator(Call call) => call.Text(0) is { Length: > 0 } separator ? separator : throw new TemplateFault("the separator is empty");

    private static ListValue Partition(Call call, int at, bool missingFirst)
    {
        var (text, separator) = (Own(call), call.Text(0));
        return at >= 0 ? new ListValue([text[..at], separator, text[(at + separator.Length)..]], isTuple: true)
            : new ListValue(missingFirst ? ["", "", text] : [text, "", ""], isTuple: true);
    }

    private static ListValue Split(Call call, bool fromEnd)
    {
        var text = Own(call);
        var most = call.Integer(1, -1);
        if (most < 0) most = long.MaxValue;
        // First all places to cut at, then as many of them as are wanted, from the side that is wanted.
        var cuts = call.Get(0, null) is null ? Blanks(text = Strip(text, null, !fromEnd || most == long.MaxValue, fromEnd || most == long.MaxValue)) : Places(text, Separator(call));
        call.Limits.CheckItems(cuts.Count + 1L);
        call.Limits.CheckText(text.Length);
        if (cuts.Count > most) cuts = fromEnd ? cuts[^(int)most..] : cuts[..(int)most];
        if (call.Get(0, null) is null && text.All(PythonText.IsSpace)) return new ListValue([]);
        var parts = new List<object?>();
        var from = 0;
        foreach (var (start, end) in cuts)
        {
            parts.Add(text[from..start]);
            from = end;
        }

        parts.Add(text[from..]);
        return new ListValue(parts);
    }

    private static List<(int Start, int End)> Places(string text, string separator)
    {
        var places = new List<(int, int)>();
        for (var at = text.IndexOf(separator, StringComparison.Ordinal); at >= 0; at = text.IndexOf(separator, at + separator.Length, StringComparison.Ordinal))
            places.Add((at, at + separator.Length));
        return places;
    }

    private static List<(int Start, int End)> Blanks(string text)
    {
        var runs = new List<(int, int)>();
        for (var at = 0; at < text.Length; at++)
        {
            if (!PythonText.IsSpace(text[at])) continue;
            var start = at;
            while (at < text.Length && PythonText.IsSpace(text[at])) at++;
            runs.Add((start, at));
        }

        return runs;
    }

    private static ListValue SplitLines(Call call)
    {
        var text = Own(call);
        var lines = new List<object?>();
        var from = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is not ('\n' or '\r' or '\v' or '\f' or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029')) continue;
            var end = at;
            if (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n') at++;
            lines.Add(text[from..(call.Flag(0, false) ? at + 1 : end)]);
            from = at + 1;
        }

        if (from < text.Length) lines.Add(text[from..]);
        call.Limits.CheckItems(lines.Count);
        return new ListValue(lines);
    }
}
