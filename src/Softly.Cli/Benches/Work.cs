namespace Softly.Cli.Benches;

/// <summary>
/// What a measurement computes, counted the same for everybody: every token once (a prompt that a group shares once for all of
/// it), two operations a weight forward and six for a token that is trained on. The head's weights count for every token,
/// those of prompts too; attention itself, norms and draws are left out.
/// </summary>
/// <param name="Tokens">What tokens a second are told of.</param>
/// <param name="Flops">Operations.</param>
/// <param name="Bytes">Bytes of weights that must be read, where that can be the limit; else 0.</param>
internal readonly record struct Work(long Tokens, double Flops, double Bytes = 0)
{
    /// <summary>Drawing: prompts and new tokens forward; the weights are read once a decode step for all rows.</summary>
    /// <param name="matrices">Numbers in the model's matrices.</param>
    /// <param name="promptTokens">Tokens of all prompts, each prompt once.</param>
    /// <param name="newTokens">Tokens of all completions.</param>
    /// <param name="steps">Decode steps, those of all rows together.</param>
    /// <param name="weightBytes">Bytes of one weight.</param>
    public static Work Rollout(long matrices, long promptTokens, long newTokens, long steps, int weightBytes) =>
        new(newTokens, 2.0 * matrices * (promptTokens + newTokens), (double)matrices * weightBytes * steps);

    /// <summary>One update: prompts and completions forward and backward.</summary>
    public static Work Update(long matrices, long promptTokens, long newTokens) =>
        new(promptTokens + newTokens, 6.0 * matrices * (promptTokens + newTokens));

    /// <summary>A whole step: both.</summary>
    public static Work Step(long matrices, long promptTokens, long newTokens) =>
        new(promptTokens + newTokens, 8.0 * matrices * (promptTokens + newTokens));
}
