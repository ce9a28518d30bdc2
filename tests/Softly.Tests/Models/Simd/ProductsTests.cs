using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Softly.Models;

namespace Softly.Tests.Models.Simd;

/// <summary>Products of blocks against sums in double precision.</summary>
public sealed unsafe class ProductsTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 17, 5)]
    [InlineData(32, 64, 576)]
    [InlineData(7, 107, 63)]
    [InlineData(64, 33, 130)]
    public void Single_precision_blocks_are_products_by_generated_kernels_and_by_our_own_of_every_width(int m, int n, int k)
    {
        var (a, b, c) = (Numbers(m * k, 1), Numbers(k * n, 2), Numbers(m * n, 3));
        foreach (var add in new[] { false, true })
            foreach (var width in new[] { 0, 16, 8, 4 })
            {
                var actual = (float[])c.Clone();
                fixed (float* pa = a, pb = b, pc = actual)
                    if (width == 0) BlockProduct.Multiply(pa, k, pb, n, pc, n, m, n, k, add);
                    else if (width == 16)
                        BlockKernel<Lanes512, Vector512<float>>.Multiply(pa, k, pb, n, pc, n, m, n, k, add);
                    else if (width == 8)
                        BlockKernel<Lanes256, Vector256<float>>.Multiply(pa, k, pb, n, pc, n, m, n, k, add);
                    else BlockKernel<Lanes128, Vector128<float>>.Multiply(pa, k, pb, n, pc, n, m, n, k, add);
                Near(Expected(a, b, c, m, n, k, add), actual, 2e-6 * Math.Sqrt(k));
            }
    }

    [Theory]
    [InlineData(false, 5, 70, 33)]
    [InlineData(false, 130, 192, 64)]
    [InlineData(false, 3, 9, 1700)]
    [InlineData(true, 5, 70, 33)]
    [InlineData(true, 130, 192, 64)]
    [InlineData(true, 3, 9, 1700)]
    public void Panels_give_the_product_of_a_weight_and_of_its_transpose(bool half, int rows, int columns, int depth)
    {
        if (half && !BlockProduct.HasHalf) Assert.Skip("this processor has no products in bfloat16");
        var (a, w) = (Numbers(rows * depth, 1), Numbers(columns * depth, 2));
        if (half) (a, w) = (Rounded(a), Rounded(w));
        using var transposed = new FactorPanels(depth, columns, half);
        using var plain = new FactorPanels(depth, columns, half);
        var straight = new float[depth * columns]; // (depth, columns): w's transpose
        for (var i = 0; i < columns; i++)
            for (var j = 0; j < depth; j++) straight[(j * columns) + i] = w[(i * depth) + j];
        var expected = Expected(a, straight, new float[rows * columns], rows, columns, depth, false);
        foreach (var panels in new[] { transposed, plain })
        {
            fixed (float* pw = w, ps = straight)
                for (var i = 0; i < panels.Count; i++)
                    if (panels == transposed) panels.PackTransposed(pw, i);
                    else panels.Pack(ps, i);
            var actual = new float[rows * columns];
            var stride = panels.PaddedDepth + 2;
            var narrow = new ushort[rows * stride];
            var wide = new float[rows * stride];
            for (var i = 0; i < rows; i++)
                for (var j = 0; j < depth; j++)
                    (narrow[(i * stride) + j], wide[(i * stride) + j]) =
                        (Brain.Narrow(a[(i * depth) + j]), a[(i * depth) + j]);
            fixed (float* pc = actual, pf = wide)
            fixed (ushort* ph = narrow)
                panels.Multiply(half ? ph : pf, stride, rows, pc, columns);
            Near(expected, actual, 2e-6 * Math.Sqrt(depth));
        }
    }

    /// <summary>
    /// Without the names under which libtorch exports them everything still computes, only slower: nothing else would tell.
    /// </summary>
    [Fact]
    public void The_generated_products_are_found_where_the_processor_can_run_them()
    {
        if (!OperatingSystem.IsLinux() || !Avx512F.IsSupported) Assert.Skip("they are looked for on Linux with AVX-512");
        Assert.True(BlockProduct.IsGenerated);
        Assert.Equal(((X86Base.CpuId(7, 1).Eax >> 5) & 1) == 1, BlockProduct.HasHalf); // AVX512_BF16
    }

    [Fact]
    public void Rounding_to_bfloat16_is_to_nearest_even_in_vectors_as_alone()
    {
        float[] numbers =
        [
            0f, -0f, 1f, 1.00390625f, 1.01171875f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue,
            float.Epsilon, BitConverter.UInt32BitsToSingle(0x7FFFFFFF), -3.14159f, .. Numbers(91, 4),
        ];
        var rounded = new ushort[numbers.Length];
        var back = new float[numbers.Length];
        fixed (float* from = numbers, wide = back)
        fixed (ushort* to = rounded)
        {
            Brain.Narrow(from, to, numbers.Length);
            Brain.Widen(to, wide, numbers.Length);
        }
        Assert.Equal(0x3F80, rounded[3]); // 1 + 2⁻⁸ lies between 1 and 1 + 2⁻⁷: the even one
        Assert.Equal(0x3F82, rounded[4]);
        Assert.Equal(0x7FC0, rounded[10]);
        for (var i = 0; i < numbers.Length; i++)
        {
            Assert.Equal(Brain.Narrow(numbers[i]), rounded[i]);
            if (float.IsNaN(numbers[i])) Assert.True(float.IsNaN(back[i]));
            else if (float.IsFinite(back[i])) Assert.InRange(Math.Abs(back[i] - numbers[i]), 0, (Math.Abs(numbers[i]) / 256) + 1e-40);
        }
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static float[] Rounded(float[] numbers) => [.. numbers.Select(x => Brain.Widen(Brain.Narrow(x)))];

    private static double[] Expected(float[] a, float[] b, float[] c, int m, int n, int k, bool add)
    {
        var product = new double[m * n];
        for (var i = 0; i < m; i++)
            for (var j = 0; j < n; j++)
            {
                double sum = add ? c[(i * n) + j] : 0;
                for (var l = 0; l < k; l++) sum += (double)a[(i * k) + l] * b[(l * n) + j];
                product[(i * n) + j] = sum;
            }
        return product;
    }

    private static void Near(double[] expected, float[] actual, double tolerance)
    {
        for (var i = 0; i < expected.Length; i++) Assert.InRange(actual[i] - expected[i], -tolerance, tolerance);
    }
}
