using System.Buffers;
using System.Globalization;
using System.Text;
using Softly.Tokenization.Splitting;

namespace Softly.Tokenization;

/// <summary>Finds added tokens in a text: leftmost first, the longest at a place. Immutable.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Node _root = new();
    private readonly SearchValues<char> _firsts;

    /// <summary>A finder of the tokens, each under the spelling that is looked for.</summary>
    public AddedTokenFinder(IEnumerable<(string Spelling, AddedToken Token)> tokens)
    {
        foreach (var (spelling, token) in tokens)
        {
            var node = _root;
            foreach (var c in spelling)
            {
                if (!node.Next.TryGetValue(c, out var next)) node.Next.Add(c, next = new Node());
                node = next;
            }

            node.Token = token;
        }

        _firsts = SearchValues.Create([.. _root.Next.Keys]);
    }

    /// <summary>Cuts a text: parts in order, each either a token or text in between (token null).</summary>
    public List<(Piece Part, AddedToken? Token)> Cut(string text)
    {
        var parts = new List<(Piece, AddedToken?)>();
        int done = 0, at = 0;
        while (at < text.Length)
        {
            var offset = text.AsSpan(at).IndexOfAny(_firsts);
            if (offset < 0) break;
            at += offset;
            if (Longest(text, at, out var end) is not { } token)
            {
                at++;
                continue;
            }

            var start = at;
            at = end;
            if (token.IsSingleWord && (EndsWithWord(text.AsSpan(0, start)) || StartsWithWord(text.AsSpan(end)))) continue;
            if (token.TakesBlanksBefore)
                while (start > done && char.IsWhiteSpace(text[start - 1])) start--;
            if (token.TakesBlanksAfter)
                while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (start < done) continue;
            if (start > done) parts.Add((new Piece(done, start), null));
            parts.Add((new Piece(start, end), token));
            (done, at) = (end, Math.Max(at, end));
        }

        if (done < text.Length) parts.Add((new Piece(done, text.Length), null));
        return parts;
    }

    private AddedToken? Longest(string text, int at, out int end)
    {
        AddedToken? found = null;
        end = at;
        var node = _root;
        while (at < text.Length && node.Next.TryGetValue(text[at], out node))
        {
            at++;
            if (node.Token is not null) (found, end) = (node.Token, at);
        }

        return found;
    }

    private static bool EndsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool StartsWithWord(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary><c>\w</c>: letters, marks, decimal digits, letter numbers, connectors.</summary>
    private static bool IsWord(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    private sealed class Node
    {
        public Dictionary<char, Node> Next { get; } = [];

        public AddedToken? Token { get; set; }
    }
}
