namespace Softly.Tasks;

/// <summary>A word of a task's vocabulary with its share.</summary>
public readonly record struct WeightedWord(string Word, double Weight);

/// <summary>One position of a worked solution.</summary>
/// <param name="Target">
/// What the model should say here: one word, or a set with weights that sum to 1 (soft cross entropy).
/// </param>
/// <param name="IsThought">True where the position belongs to the thinking part, whose inputs may be softened.</param>
public sealed record DemonstrationStep(IReadOnlyList<WeightedWord> Target, bool IsThought)
{
    /// <summary>
    /// What is fed for this position when the next one is predicted, weights summing to 1; null means the target itself.
    /// A given mixture teaches the model to carry a set in one thought.
    /// </summary>
    public IReadOnlyList<WeightedWord>? Input { get; init; }

    /// <summary>A plain word.</summary>
    public static DemonstrationStep Of(string word, bool isThought) => new([new WeightedWord(word, 1)], isThought);
}

/// <summary>A worked solution: what should follow the prompt, word by word, up to and including the end word.</summary>
public sealed record Demonstration(IReadOnlyList<DemonstrationStep> Steps);
