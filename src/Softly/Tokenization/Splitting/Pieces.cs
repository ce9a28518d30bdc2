namespace Softly.Tokenization.Splitting;

/// <summary>A stretch of a text, in UTF-16 units.</summary>
internal readonly record struct Piece(int Start, int End)
{
    public int Length => End - Start;
}

/// <summary>Cuts pieces of a text into smaller ones before tokens are looked for. Immutable.</summary>
internal interface IPreTokenizer
{
    /// <summary>
    /// Appends the parts of one piece of <paramref name="text"/>, in order. Nothing outside the piece is looked at.
    /// </summary>
    void Split(string text, Piece piece, List<Piece> parts);
}

/// <summary>Where a pattern matches. Immutable.</summary>
internal interface ISplitPattern
{
    /// <summary>
    /// Appends the non-empty matches within the piece, left to right, not overlapping; positions are those of
    /// <paramref name="text"/>.
    /// </summary>
    void Match(string text, Piece piece, List<Piece> matches);
}

/// <summary>Several splits, each working on the parts that the one before left.</summary>
internal sealed class SplitSequence(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    public void Split(string text, Piece piece, List<Piece> parts)
    {
        List<Piece> current = [piece], next = [];
        foreach (var step in steps)
        {
            next.Clear();
            foreach (var part in current) step.Split(text, part, next);
            (current, next) = (next, current);
        }

        parts.AddRange(current);
    }
}

/// <summary>What becomes of a match; Hugging Face's <c>behavior</c>.</summary>
internal enum SplitBehavior
{
    /// <summary>A part of its own.</summary>
    Isolated,

    /// <summary>Left out.</summary>
    Removed,

    /// <summary>Joined to what stands before it.</summary>
    MergedWithPrevious,

    /// <summary>Joined to what stands after it.</summary>
    MergedWithNext,

    /// <summary>Adjacent matches become one part.</summary>
    Contiguous,
}

/// <summary>Splits at the matches of a pattern.</summary>
/// <param name="pattern">What is matched.</param>
/// <param name="behavior">What becomes of a match.</param>
/// <param name="invert">The gaps are the matches.</param>
internal sealed class PatternSplit(ISplitPattern pattern, SplitBehavior behavior, bool invert = false) : IPreTokenizer
{
    public void Split(string text, Piece piece, List<Piece> parts)
    {
        var matches = new List<Piece>();
        pattern.Match(text, piece, matches);
        if (behavior == SplitBehavior.Isolated)
        {
            Isolate(piece, matches, parts);
            return;
        }

        var stretches = new List<(Piece Piece, bool IsMatch)>();
        var at = piece.Start;
        foreach (var match in matches)
        {
            if (at < match.Start) stretches.Add((new Piece(at, match.Start), invert));
            stretches.Add((match, !invert));
            at = match.End;
        }

        if (at < piece.End) stretches.Add((new Piece(at, piece.End), invert));
        Gather(stretches, parts);
    }

    private static void Isolate(Piece piece, List<Piece> matches, List<Piece> parts)
    {
        var at = piece.Start;
        foreach (var match in matches)
        {
            if (at < match.Start) parts.Add(new Piece(at, match.Start));
            parts.Add(match);
            at = match.End;
        }

        if (at < piece.End) parts.Add(new Piece(at, piece.End));
    }

    private void Gather(List<(Piece Piece, bool IsMatch)> stretches, List<Piece> parts)
    {
        var wasMatch = false;
        var first = true;
        foreach (var (stretch, isMatch) in stretches)
        {
            var join = !first && behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !wasMatch,
                SplitBehavior.MergedWithNext => !isMatch && wasMatch,
                SplitBehavior.Contiguous => isMatch == wasMatch,
                _ => false,
            };
            if (behavior == SplitBehavior.Removed && isMatch) continue;
            if (join) parts[^1] = parts[^1] with { End = stretch.End };
            else parts.Add(stretch);
            (wasMatch, first) = (isMatch, false);
        }
    }
}
