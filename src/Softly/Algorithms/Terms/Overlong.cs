namespace Softly.Algorithms.Terms;

/// <summary>
/// DAPO's soft punishment of overlong answers (arXiv 2503.14476, eq. 13): nothing until the buffer begins, then linearly to the
/// whole penalty at the limit.
/// </summary>
public static class Overlong
{
    /// <summary>What is taken off the reward; 0 or positive.</summary>
    /// <param name="length">Tokens of the answer.</param>
    /// <param name="limit">Tokens an answer may have.</param>
    /// <param name="buffer">The last tokens before the limit, where the punishment grows; 0 for none.</param>
    /// <param name="penalty">The whole of it.</param>
    public static double Penalty(int length, int limit, int buffer, double penalty) =>
        buffer == 0 ? 0 : penalty * Math.Clamp((length - (limit - buffer)) / (double)buffer, 0, 1);
}
