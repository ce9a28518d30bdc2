namespace Softly.Tasks.Extraction;

/// <summary>A complete box.</summary>
/// <param name="From">Where its command begins.</param>
/// <param name="Start">Where what it holds begins.</param>
/// <param name="End">Where what it holds ends.</param>
/// <param name="To">Where the box ends.</param>
internal readonly record struct BoxSpan(int From, int Start, int End, int To);

/// <summary>
/// Finds <c>\boxed{…}</c>, <c>\boxed …</c> and <c>\fbox{…}</c> in one pass: braces are matched, <c>\{</c> and <c>\}</c> are not
/// braces, a box that is not closed is none, and of boxes in boxes the innermost count.
/// </summary>
public static class Boxes
{
    /// <summary>How many boxes one answer may have.</summary>
    private const int Most = 64;

    /// <summary>What the last complete box holds, blanks around it removed; null where there is none.</summary>
    public static string? Last(string text) =>
        All(text) is [.., var last] ? text[last.Start..last.End].Trim() : null;

    /// <summary>The last boxes that hold no other, in their order; no more than an answer may have.</summary>
    internal static List<BoxSpan> All(string text) => All(text, out _);

    /// <summary>The same, and whether one is still open at the end, as in an output that was cut off.</summary>
    internal static List<BoxSpan> All(string text, out bool isOpen)
    {
        var found = new List<BoxSpan>();
        var open = new List<(int From, int Start, int Depth)>();
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var next = text.AsSpan(i).IndexOfAny('\\', '{', '}');
            if (next < 0) break;
            i += next;
            switch (text[i])
            {
                case '{':
                    depth++;
                    break;
                case '}' when depth > 0:
                    if (open is [.., var box] && box.Depth == depth)
                    {
                        Add(found, new BoxSpan(box.From, box.Start, i, i + 1));
                        open.Clear(); // what is around a box is none itself
                    }
                    depth--;
                    break;
                case '\\' when Command(text, i) is > 0 and var length:
                    var at = i + length;
                    while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
                    if (at < text.Length && text[at] == '{')
                    {
                        open.Add((i, at + 1, ++depth));
                        i = at;
                    }
                    else if (Bare(text, at) is var end && end > at)
                    {
                        Add(found, new BoxSpan(i, at, end, end));
                        open.Clear();
                        i = end - 1;
                    }
                    else i += length - 1;
                    break;
                case '\\' when i + 1 < text.Length && text[i + 1] is '{' or '}' or '\\':
                    i++;
                    break;
            }
        }
        isOpen = open.Count > 0;
        return found;
    }

    private static void Add(List<BoxSpan> found, BoxSpan box)
    {
        if (found.Count == 2 * Most) found.RemoveRange(0, Most);
        found.Add(box);
    }

    /// <summary>How long the box command is that begins here; 0 where there is none.</summary>
    private static int Command(string text, int at)
    {
        var rest = text.AsSpan(at + 1);
        var length = rest.StartsWith("boxed", StringComparison.Ordinal) ? 6
            : rest.StartsWith("framebox", StringComparison.Ordinal) ? 9
            : rest.StartsWith("fbox", StringComparison.Ordinal) ? 5 : 0;
        return length > 0 && at + length < text.Length && char.IsAsciiLetter(text[at + length]) ? 0 : length;
    }

    /// <summary>
    /// Where a box without braces ends: at the next blank or end of the formula, groups in braces kept whole. A word of prose, as
    /// in "write it in \boxed form", is no box.
    /// </summary>
    private static int Bare(string text, int start)
    {
        const int longest = 200;
        var depth = 0;
        var end = start;
        for (; end < text.Length && end - start < longest; end++)
        {
            var c = text[end];
            if (c == '{') depth++;
            if (c == '}' && --depth < 0) break;
            if (depth > 0) continue;
            if (char.IsWhiteSpace(c) || c == '$') break;
            if (c == '\\' && end + 1 < text.Length && text[end + 1] is ')' or ']' or '\\') break;
        }
        while (end > start && text[end - 1] is '.' or ',' or ';' or ':') end--;
        var content = text.AsSpan(start, end - start);
        var formula = content.Length > 0 && (content.Length == 1 ? char.IsLetterOrDigit(content[0])
            : content.ContainsAnyInRange('0', '9') || content[0] == '\\');
        return depth == 0 && formula ? end : start;
    }
}
