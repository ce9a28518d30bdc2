using BenchmarkDotNet.Attributes;
using Softly.Sampling;

namespace Softly.Benchmarks;

/// <summary>Five uniform numbers for each of 256 rows. A generator for all cannot draw a row again alone.</summary>
public class Noise
{
    private const int Rows = 256, Components = 5;

    private readonly double[] _numbers = new double[Rows * Components];
    private readonly Random _random = new(1);

    [Benchmark(Baseline = true, Description = "System.Random")]
    public void Shared()
    {
        for (var i = 0; i < _numbers.Length; i++) _numbers[i] = _random.NextDouble();
    }

    [Benchmark(Description = "System.Random, seeded a row")]
    public void Seeded()
    {
        for (var row = 0; row < Rows; row++)
        {
            var random = new Random(row);
            for (var i = 0; i < Components; i++) _numbers[row * Components + i] = random.NextDouble();
        }
    }

    [Benchmark(Description = "CounterNoise.Uniforms")]
    public void Counted()
    {
        for (var row = 0; row < Rows; row++) CounterNoise.Uniforms(1, 2, row, 3, _numbers.AsSpan(row * Components, Components));
    }
}
