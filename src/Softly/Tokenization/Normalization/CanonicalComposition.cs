using System.Globalization;
using System.Text;

namespace Softly.Tokenization.Normalization;

/// <summary>
/// Unicode's Normalization Form C (UAX #15): canonical decomposition, canonical order, canonical composition. Our own, because
/// the platform's leaves text as it is when globalization is invariant, and throws on U+FFFE when it is not.
/// </summary>
internal static class CanonicalComposition
{
    private const int HangulFirst = 0xAC00, HangulCount = 11172;
    private const int LeadFirst = 0x1100, LeadCount = 19;
    private const int VowelFirst = 0x1161, VowelCount = 21;
    private const int TrailBefore = 0x11A7, TrailCount = 28;

    private static readonly Tables Data = Tables.Read();

    /// <summary>The composed form of well-formed text; the same instance where nothing changes.</summary>
    public static string Compose(string text)
    {
        // Everything below U+0300 is a starter and in composed form already.
        var first = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02ff');
        if (first < 0) return text;

        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes()) Decompose(rune.Value, points);
        var classes = new byte[points.Count];
        for (var i = 0; i < classes.Length; i++) classes[i] = Data.ClassOf(points[i]);
        Order(points, classes);
        var length = ComposeInPlace(points, classes);

        var result = new StringBuilder(text.Length);
        Span<char> pair = stackalloc char[2];
        for (var i = 0; i < length; i++) result.Append(pair[..new Rune(points[i]).EncodeToUtf16(pair)]);
        var composed = result.ToString();
        return composed == text ? text : composed;
    }

    private static void Decompose(int point, List<int> into)
    {
        if (point < 0xC0)
        {
            into.Add(point);
        }
        else if (point - HangulFirst is >= 0 and < HangulCount and var syllable)
        {
            into.Add(LeadFirst + syllable / (VowelCount * TrailCount));
            into.Add(VowelFirst + syllable % (VowelCount * TrailCount) / TrailCount);
            if (syllable % TrailCount is > 0 and var trail) into.Add(TrailBefore + trail);
        }
        else if (Data.Decompositions.TryGetValue(point, out var parts))
        {
            Decompose(parts.First, into);
            if (parts.Second != 0) Decompose(parts.Second, into);
        }
        else
        {
            into.Add(point);
        }
    }

    /// <summary>Sorts every run of marks by class, keeping the order of equals.</summary>
    private static void Order(List<int> points, byte[] classes)
    {
        for (var start = 0; start < classes.Length; start++)
        {
            if (classes[start] == 0) continue;
            var end = start;
            while (end < classes.Length && classes[end] != 0) end++;
            if (end - start > 1)
            {
                // A stable sort that stays n log n: text may hold a run of marks as long as it likes.
                var order = Enumerable.Range(start, end - start).OrderBy(i => classes[i]).ToArray();
                var sortedPoints = Array.ConvertAll(order, i => points[i]);
                var sortedClasses = Array.ConvertAll(order, i => classes[i]);
                for (var i = 0; i < order.Length; i++)
                    (points[start + i], classes[start + i]) = (sortedPoints[i], sortedClasses[i]);
            }

            start = end;
        }
    }

    /// <summary>Joins each mark with the starter before it unless something of its class or higher stands between.</summary>
    private static int ComposeInPlace(List<int> points, byte[] classes)
    {
        var starter = -1;
        int length = 0, lastClass = 0;
        for (var i = 0; i < points.Count; i++)
        {
            var point = points[i];
            int kind = classes[i];
            var blocked = starter < 0 || (length - 1 > starter && (lastClass == 0 || lastClass >= kind));
            if (!blocked && Pair(points[starter], point) is { } joined)
            {
                points[starter] = joined;
                continue;
            }

            if (kind == 0) starter = length;
            lastClass = kind;
            points[length++] = point;
        }

        return length;
    }

    private static int? Pair(int first, int second)
    {
        if (first - LeadFirst is >= 0 and < LeadCount and var lead && second - VowelFirst is >= 0 and < VowelCount and var vowel)
            return HangulFirst + (lead * VowelCount + vowel) * TrailCount;
        if (first - HangulFirst is >= 0 and < HangulCount and var syllable && syllable % TrailCount == 0
            && second - TrailBefore is > 0 and < TrailCount and var trail)
            return first + trail;
        return Data.Compositions.TryGetValue((first, second), out var joined) ? joined : null;
    }

    private sealed record Tables(
        Dictionary<int, byte> Classes,
        Dictionary<int, (int First, int Second)> Decompositions,
        Dictionary<(int, int), int> Compositions)
    {
        public byte ClassOf(int point) => point < 0x300 ? (byte)0 : Classes.GetValueOrDefault(point);

        public static Tables Read()
        {
            var tables = new Tables([], [], []);
            foreach (var entry in Entries(CanonicalData.CombiningClasses))
            {
                var (range, kind) = (entry[..entry.IndexOf(':')], byte.Parse(entry[(entry.IndexOf(':') + 1)..]));
                var ends = range.Split('-');
                for (var point = Hex(ends[0]); point <= Hex(ends[^1]); point++) tables.Classes[point] = kind;
            }

            foreach (var entry in Entries(CanonicalData.Decompositions))
            {
                var sign = entry.IndexOfAny(['=', '!']);
                var parts = entry[(sign + 1)..].Split('+');
                var (point, first, second) = (Hex(entry[..sign]), Hex(parts[0]), parts.Length > 1 ? Hex(parts[1]) : 0);
                tables.Decompositions[point] = (first, second);
                if (entry[sign] == '=' && second != 0) tables.Compositions[(first, second)] = point;
            }

            return tables;
        }

        private static string[] Entries(string data) =>
            data.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);

        private static int Hex(string digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier);
    }
}
