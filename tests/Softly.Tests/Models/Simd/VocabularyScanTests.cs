using Softly.Models;

namespace Softly.Tests.Models.Simd;

/// <summary>Selection, sums and inversion over one row of logits, against plain loops and a plain sort.</summary>
public unsafe class VocabularyScanTests
{
    private const float Low = float.NegativeInfinity;

    /// <summary>Vector widths with vocabularies that are, and are not, whole vectors, groups and blocks.</summary>
    public static TheoryData<int, int> WidthsAndSizes()
    {
        var data = new TheoryData<int, int>();
        foreach (var lanes in (int[])[16, 8, 4])
            foreach (var size in (int[])[1, 2, 3, 5, 15, 16, 17, 32, 33, 64, 107, 1000, 1024, 1025, 5003])
                data.Add(lanes, size);
        return data;
    }

    [Theory]
    [MemberData(nameof(WidthsAndSizes))]
    public void The_largest_are_those_of_a_sort(int lanes, int size)
    {
        var random = new Random(size);
        foreach (var levels in (int[])[3, 40, 1 << 20]) // few levels: nearly all are ties, and the lowest index comes first
            foreach (var k in (int[])[1, 2, 7, 10, 100, 3000, size])
            {
                float[] x = [.. Enumerable.Range(0, size).Select(_ => (random.Next(levels) - (levels / 2)) / 8f)];
                Check(lanes, x, Math.Min(k, size));
                Array.Sort(x); // every number is a new best
                Check(lanes, x, Math.Min(k, size));
            }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    [InlineData(4)]
    public void What_is_not_a_number_comes_first_and_minus_infinity_last(int lanes)
    {
        var random = new Random(3);
        foreach (var special in new[] { float.NaN, float.PositiveInfinity, Low, -0f })
            foreach (var share in (double[])[0.01, 0.5, 1])
            {
                float[] x = [.. Enumerable.Range(0, 77)
                    .Select(_ => random.NextDouble() < share ? special : random.NextSingle() - 0.5f)];
                x[^1] = special;
                foreach (var k in (int[])[1, 5, 40, 77]) Check(lanes, x, k);
            }
        Check(lanes, [Low, float.NaN, 3, float.NaN, float.PositiveInfinity, Low], 6);
    }

    [Theory]
    [MemberData(nameof(WidthsAndSizes))]
    public void Sum_entropy_and_top_are_those_of_plain_loops(int lanes, int size)
    {
        var random = new Random(size);
        var scan = VocabularyScan.Create(lanes);
        foreach (var (spread, scale) in ((double, float)[])[(4, 1), (40, 1), (4, 1 / 0.7f), (1e-3, 1)])
        {
            float[] x = [.. Enumerable.Range(0, size).Select(_ => (float)((random.NextDouble() - 0.5) * spread) + 7)];
            if (size > 3) x[1] = Low;
            fixed (float* at = x) scan.Measure(at, size, scale);
            double[] p = [.. x.Select(v => Math.Exp((v - x.Max()) * (double)scale))];
            var sum = p.Sum();
            Assert.Equal(x.Max(), scan.Top);
            Assert.Equal(sum, scan.Sum, sum * 1e-6);
            Assert.Equal(-p.Sum(v => v == 0 ? 0 : v / sum * Math.Log(v / sum)), scan.Entropy, 2e-6);
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndSizes))]
    public void A_share_is_passed_at_the_token_of_the_distribution_function(int lanes, int size)
    {
        var random = new Random(size);
        var scan = VocabularyScan.Create(lanes);
        float[] x = [.. Enumerable.Range(0, size).Select(_ => (random.NextSingle() - 0.5f) * 6)];
        if (size > 4) x[0] = x[size / 2] = x[^1] = Low; // never drawn
        var top = x.Max();
        double[] p = [.. x.Select(v => Math.Exp(v - top))];
        fixed (float* at = x)
        {
            scan.Measure(at, size, 1);
            double[] shares = [0, 1e-9, .. Enumerable.Range(0, 50).Select(_ => random.NextDouble()), 1 - Math.Pow(2, -23)];
            foreach (var share in shares)
            {
                var token = scan.Invert(at, size, 1, share);
                double before = p.Take(token).Sum() / p.Sum(), with = p.Take(token + 1).Sum() / p.Sum();
                Assert.True(p[token] > 0 && before <= share + 1e-6 && with > share - 1e-6, $"{share}: {before} to {with}");
            }
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(4)]
    public void A_row_without_a_distribution_has_no_sum(int lanes)
    {
        var scan = VocabularyScan.Create(lanes);
        foreach (var spoiled in (float[][])[[1, float.NaN, 2], [Low, Low], [1, float.PositiveInfinity]])
            fixed (float* at = spoiled)
            {
                scan.Measure(at, spoiled.Length, 1);
                Assert.True(double.IsNaN(scan.Sum));
                Assert.InRange(scan.Invert(at, spoiled.Length, 1, 0.5), 0, spoiled.Length - 1);
            }
    }

    private static void Check(int lanes, float[] x, int k)
    {
        int[] expected = [.. Enumerable.Range(0, x.Length).OrderByDescending(i => float.IsNaN(x[i])).ThenByDescending(i => x[i])
            .ThenBy(i => i).Take(k)];
        var keys = new ulong[k];
        fixed (float* at = x) VocabularyScan.Create(lanes).Select(at, x.Length, keys);
        Assert.Equal(expected, keys.Select(VocabularyScan.Index));
    }
}
