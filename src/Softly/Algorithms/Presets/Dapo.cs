namespace Softly.Algorithms.Presets;

/// <summary>
/// DAPO (arXiv 2503.14476): clip-higher (eq. 10), dynamic sampling (eq. 11), token-level loss (eq. 12). Its overlong shaping (eq.
/// 13) needs a length: <c>overlong_buffer</c>.
/// </summary>
[Method("dapo")]
public static class Dapo
{
    /// <summary>The published setting.</summary>
    public static Method Preset { get; } = new()
    {
        Description = "every step weighs the same, a wider upper clip, and groups without spread are drawn anew",
        Loss = new LossOptions { EpsilonHigh = 0.28 },
        DynamicSampling = true,
    };
}
