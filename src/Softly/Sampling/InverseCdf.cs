using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Random numbers of other distributions from uniform ones, by inverting distribution functions in double precision: so many
/// uniforms a number, nothing is ever rejected, and a draw stays a pure function of where it is used
/// (<see cref="CounterNoise"/>).
/// </summary>
internal static class InverseCdf
{
    /// <summary>Shapes of Gamma draws are at least this, so that the logarithm of a draw is finite in single precision.</summary>
    public const double LeastShape = 1e-30;

    /// <summary>
    /// Newton steps of <see cref="LogGammaAboveOne"/>: two leave a relative error of the tail below 2e-3, three below 1e-7, and
    /// four (one is to spare) what rounding leaves, for shapes from 1 to 1e6 and uniforms from 1e-16 to 1 − 1e-10.
    /// </summary>
    private const int Steps = 5;

    /// <summary>Standard normal numbers, Φ⁻¹(u). Relative error about 1e-15 in the lower half; near 1 that of 1 − u.</summary>
    /// <param name="uniforms">In (0, 1), any shape.</param>
    /// <param name="type">Of the result.</param>
    public static Tensor Normal(Tensor uniforms, ScalarType type)
    {
        using var scope = NewDisposeScope();
        return special.ndtri(uniforms.to(ScalarType.Float64)).to(type).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// log X for X ~ Gamma(a, 1): log X = log Y + log(v)/a with Y ~ Gamma(a + 1, 1) from u, which is exact for every a (Marsaglia
    /// and Tsang, 2000, section 6) and has no trouble with small ones, whose X itself would underflow.
    /// </summary>
    /// <param name="shape">a, (N, K) float64, at least <see cref="LeastShape"/>.</param>
    /// <param name="u">(N, K) float64 in (0, 1).</param>
    /// <param name="v">(N, K) float64 in (0, 1).</param>
    /// <returns>(N, K) float64.</returns>
    public static Tensor LogGamma(Tensor shape, Tensor u, Tensor v)
    {
        using var scope = NewDisposeScope();
        return LogGammaAboveOne(shape.Plus(1), u).Plus(v.log().div(shape)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// log of the u-quantile of Gamma(b, 1) for b ≥ 1, by Newton's rule on the logarithm of the smaller tail as a function of log
    /// x. The logarithm of a Gamma variable has a log-concave density, so both tails are log-concave and monotone in log x: from
    /// any start the first step lands on, and all later ones stay on, the side from which Newton's rule converges. It starts from
    /// Wilson and Hilferty's cube, and where that is not above it from the bound P(b, x) ≤ x^b / Γ(b + 1). Absolute error below
    /// 1e-14 for b up to 20 and below 1e-10 above, where libtorch's incomplete gamma function is an asymptotic series.
    /// </summary>
    /// <param name="b">Any shape, float64, at least 1.</param>
    /// <param name="u">The same shape, in (0, 1).</param>
    public static Tensor LogGammaAboveOne(Tensor b, Tensor u)
    {
        using var scope = NewDisposeScope();
        var root = b.sqrt().Times(3); // 3√b
        var cube = special.ndtri(u).div(root).sub(root.Squared().reciprocal()).Plus(1); // 1 − 1/9b + z/3√b
        var bound = u.log().Plus(b.Plus(1).lgamma()).div(b);
        var t = b.log().Plus(cube.clamp_min(Tiny).log().Times(3)).maximum(bound); // log x
        var lower = u.le(Half);
        var target = where(lower, u, u.neg().Plus(1)).log(); // log of the smaller tail
        var normalizer = b.lgamma();
        for (var step = 0; step < Steps; step++)
        {
            using var inner = NewDisposeScope();
            var x = t.exp();
            var tail = where(lower, special.gammainc(b, x), special.gammaincc(b, x)).clamp_min(Tiny).log();
            var slope = b.mul(t).sub(x).sub(normalizer).sub(tail).exp(); // |d tail / d log x|
            var miss = tail.sub(target).div(slope);
            t = t.sub(where(lower, miss, miss.neg())).MoveToOuterDisposeScope();
        }
        return t.MoveToOuterDisposeScope();
    }

    private static readonly Scalar Tiny = Scalars.Of(1e-300);
    private static readonly Scalar Half = Scalars.Of(0.5);
}
