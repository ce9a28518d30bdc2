using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>Numbers of other distributions from uniform ones, by inversion.</summary>
public class InverseCdfTests
{
    private static readonly double[] Uniforms = [1e-10, 1e-5, 0.1, 0.5, 0.9, 1 - 1e-5, 1 - 1e-10];

    /// <summary>Shape, then logarithms of the quantiles at the uniforms above: 40-digit arithmetic.</summary>
    private static readonly double[][] LogQuantiles =
    [
        [1, -23.025850929890457, -11.512920464949395, -2.2503673273124452, -0.36651292058166433, 0.8340324452479559,
            2.4434703576824515, 3.136617534648633],
        [1.001, -23.002425397756692, -11.50099629940854, -2.2475227151364694, -0.36511724990105482, 0.83478562736816728,
            2.4437396260084843, 3.1367805927367543],
        [1.5, -15.160778602123741, -7.4852705536834206, -1.2303606304640966, 0.168042547055086, 1.1396564394970764,
            2.5611633436115589, 3.2096767580725906],
        [2, -11.166347160625603, -5.4083964820960385, -0.63146597192403166, 0.51780937451995221, 1.3583372192761259,
            2.6558180599610505, 3.2708601781661735],
        [5, -3.6433122756751557, -1.2998056290739273, 0.88895695512307029, 1.5413536743282048, 2.0786399187225685,
            3.0276222876892019, 3.5288224614420846],
        [101, 3.9033744614510163, 4.1545293267171546, 4.4813472179441021, 4.6118166785327026, 4.7368520692174589,
            5.0087038077555103, 5.1852349889042666],
        [10001, 9.1461143224575949, 9.1674543706211327, 9.1975645543952581, 9.2104070366182311, 9.2231947771055679,
            9.2527534157091361, 9.2733508461889534],
    ];

    [Fact]
    public void Gamma_quantiles_are_those_of_40_digit_arithmetic()
    {
        using var scope = NewDisposeScope();
        foreach (var row in LogQuantiles)
        {
            var u = tensor(Uniforms, [1, Uniforms.Length]);
            // Above 20 libtorch's incomplete gamma function is an asymptotic series.
            var quantiles = InverseCdf.LogGammaAboveOne(full_like(u, row[0]), u);
            Table.Near(row[0] > 20 ? 1e-9 : 1e-13, row[1..], quantiles, $"shape {row[0]}");
        }
    }

    [Fact]
    public void Normal_quantiles_are_those_of_40_digit_arithmetic()
    {
        using var scope = NewDisposeScope();
        Table.Near(1e-13,
            [-6.3613409024040562, -4.2648907939228246, -1.2815515655446004, 0, 1.2815515655446006, 4.2648907939238408,
                6.3613408896974219],
            InverseCdf.Normal(tensor(Uniforms), ScalarType.Float64), "normal");
    }

    /// <summary>
    /// The steps suffice for all shapes a law can ask for: the distribution function at the quantile is u again, and 1 − u in the
    /// upper half.
    /// </summary>
    [Fact]
    public void The_distribution_function_of_a_quantile_is_its_uniform_for_every_shape()
    {
        using var scope = NewDisposeScope();
        double[] shapes = [1, 1 + 1e-12, 1.01, 1.2, 2, 3.3, 10, 21, 64, 201, 1001, 30_000, 1e6];
        var middle = linspace(0, 1, 401, dtype: ScalarType.Float64).narrow(0, 1, 399);
        var u = cat([middle, tensor(Uniforms), tensor(new[] { 1e-16, 2e-10 })]);
        foreach (var shape in shapes)
        {
            var b = full_like(u, shape);
            var x = InverseCdf.LogGammaAboveOne(b, u).exp();
            var lower = special.gammainc(b, x).div(u).sub(1).abs();
            var upper = special.gammaincc(b, x).div(u.neg().add(1)).sub(1).abs();
            var off = Some.Host(where(u.le(0.5), lower, upper).max())[0];
            // x itself is rounded: its relative error of 1e-16 is one of √b times that in the tail.
            Assert.True(off < 1e-12 * Math.Max(1, Math.Sqrt(shape) / 100), $"shape {shape}: {off:G3}");
        }
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void Gamma_draws_follow_their_distribution(double shape)
    {
        using var scope = NewDisposeScope();
        const int n = 20_000;
        var numbers = new double[2 * n];
        for (var i = 0; i < n; i++) CounterNoise.Uniforms(9, 3, i, 0, numbers.AsSpan(2 * i, 2));
        var uniforms = tensor(numbers, [n, 2]);
        var a = full([n, 1], shape, dtype: ScalarType.Float64);
        var logX = InverseCdf.LogGamma(a, uniforms.narrow(1, 0, 1), uniforms.narrow(1, 1, 1));
        Assert.All(Some.Host(logX), x => Assert.True(double.IsFinite(x)));
        // Where x underflows, P(a, x) is x^a / Γ(a + 1).
        var small = a.mul(logX).sub(a.add(1).lgamma()).exp();
        var mass = Some.Host(where(logX.lt(-40), small, special.gammainc(a, logX.exp()))).Order().ToArray();
        if (shape == 1) Table.Near(1e-12, Some.Host(logX.exp().neg().expm1().neg()).Order().ToArray(), mass, "exponential");
        // Half the square of a normal number: 2X is chi-squared with one degree of freedom.
        if (shape == 0.5) Table.Near(1e-12, Some.Host(logX.exp().sqrt().erf()).Order().ToArray(), mass, "half a square");
        var distance = mass.Select((m, i) => Math.Max(Math.Abs(m - i / (double)n), Math.Abs(m - (i + 1) / (double)n))).Max();
        Assert.True(distance < 1.95 / Math.Sqrt(n), $"Kolmogorov–Smirnov distance {distance}"); // 0.1 % level
    }

    [Fact]
    public void The_smallest_shape_gives_a_finite_number_in_single_precision()
    {
        using var scope = NewDisposeScope();
        var u = full([1, 1], 1 / 8589934592.0, dtype: ScalarType.Float64); // the smallest uniform there is
        var a = full([1, 1], InverseCdf.LeastShape, dtype: ScalarType.Float64);
        Assert.True(float.IsFinite((float)Some.Host(InverseCdf.LogGamma(a, u, u))[0]));
    }
}
