namespace Softly.Models;

/// <summary>Neighbouring positions of a packed batch.</summary>
/// <param name="Start">The first.</param>
/// <param name="Length">How many; 0 for none.</param>
public readonly record struct Stretch(int Start, int Length);

/// <summary>A prompt and the completions that continue it: each sees the prompt and itself, none another.</summary>
/// <param name="Prompt">At least one position.</param>
/// <param name="Completions">May be empty.</param>
public sealed record PromptGroup(Stretch Prompt, IReadOnlyList<Stretch> Completions)
{
    /// <summary>Positions of all.</summary>
    public int Tokens => Prompt.Length + Completions.Sum(c => c.Length);

    /// <summary>The most positions that one of them can see.</summary>
    public int Longest => Prompt.Length + Completions.Select(c => c.Length).DefaultIfEmpty().Max();
}

/// <summary>
/// Where sequences of any lengths lie in one row of positions, without filling between them; a prompt stands once in front of
/// its completions.
/// </summary>
public sealed class PackedLayout
{
    /// <param name="groups">In the order of their positions, which start at 0 and have no gaps.</param>
    /// <exception cref="ArgumentException">They overlap, or leave a gap, or a prompt is empty.</exception>
    public PackedLayout(IReadOnlyList<PromptGroup> groups)
    {
        Groups = groups;
        Positions = new int[groups.Sum(g => g.Tokens)];
        var next = 0;
        foreach (var group in groups)
        {
            if (group.Prompt.Length < 1) throw new ArgumentException("a prompt has no positions", nameof(groups));
            Place(group.Prompt, 0);
            foreach (var completion in group.Completions) Place(completion, group.Prompt.Length);
        }

        void Place(Stretch span, int position)
        {
            if (span.Start != next)
                throw new ArgumentException($"a sequence starts at {span.Start}; expected {next}", nameof(groups));
            for (var i = 0; i < span.Length; i++) Positions[next++] = position + i;
        }
    }

    /// <summary>Groups of the given lengths, one behind the other.</summary>
    public static PackedLayout Of(IEnumerable<(int Prompt, IEnumerable<int> Completions)> lengths)
    {
        var at = 0;
        Stretch Next(int length) => new((at += length) - length, length);
        return new PackedLayout([.. lengths.Select(g => new PromptGroup(Next(g.Prompt), [.. g.Completions.Select(Next)]))]);
    }

    /// <summary>The groups.</summary>
    public IReadOnlyList<PromptGroup> Groups { get; }

    /// <summary>(N): the rotary position of each.</summary>
    public int[] Positions { get; }

    /// <summary>N.</summary>
    public int Tokens => Positions.Length;
}
