using Softly.Models;
using Softly.Rollouts;

namespace Softly.Training;

/// <summary>A worked solution in tokens: for every position the wanted distribution and what is fed for it.</summary>
/// <param name="Prompt">The question.</param>
/// <param name="Targets">L positions: what the model should say, weights summing to 1; empty where nothing is asked.</param>
/// <param name="Inputs">L positions: what is fed when the next one is predicted; empty for a blank.</param>
/// <param name="IsThought">L: whether a position is a thought, whose input may be softened.</param>
public sealed record Lesson(
    Prompt Prompt, IReadOnlyList<MixtureRow> Targets, IReadOnlyList<MixtureRow> Inputs, IReadOnlyList<bool> IsThought)
{
    /// <summary>Whether a thought of it is to hold several tokens at once.</summary>
    public bool ThinksInSets => Targets.Where((target, i) => IsThought[i] && target.Ids.Length > 1).Any();

    /// <summary>
    /// How many positions two prompts begin with alike, at most all but the last of either: one pass can compute them for both.
    /// </summary>
    public int SharedWith(Lesson other)
    {
        var (mine, others) = (Prompt.Rows, other.Prompt.Rows);
        var most = Math.Min(mine.Count, others.Count) - 1;
        var n = 0;
        while (n < most && Same(mine[n], others[n])) n++;
        return n;
    }

    /// <summary>Refuses what cannot be taught.</summary>
    /// <param name="longest">Positions that the model has.</param>
    /// <exception cref="ArgumentException">The lists differ in length, nothing is asked, or it does not fit the model.</exception>
    internal void Check(int longest)
    {
        var id = Prompt.Problem.Id;
        if (Inputs.Count != Targets.Count || IsThought.Count != Targets.Count)
            throw new ArgumentException($"the lesson of problem {id} has {Targets.Count} targets, {Inputs.Count} inputs and "
                + $"{IsThought.Count} marks of thoughts: expected as many of each");
        if (Prompt.Rows.Count == 0) throw new ArgumentException($"the lesson of problem {id} has an empty prompt");
        if (Targets.All(target => target.Ids.Length == 0))
            throw new ArgumentException($"the lesson of problem {id} asks for nothing: expected a target at one position at least");
        if (Prompt.Rows.Count + Inputs.Count - 1 > longest)
            throw new ArgumentException($"the lesson of problem {id} has {Prompt.Rows.Count + Inputs.Count - 1} positions, and the "
                + $"model {longest}: make its prompt or its thoughts shorter");
    }

    private static bool Same(MixtureRow a, MixtureRow b) =>
        a.Ids.AsSpan().SequenceEqual(b.Ids) && a.Weights.AsSpan().SequenceEqual(b.Weights);
}
