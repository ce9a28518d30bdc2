using System.Runtime.CompilerServices;
using Softly.Algorithms;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Algorithms;

/// <summary>
/// Numbers in the shape of a batch: what a loss reads and nothing else, in double, which a batch of real rollouts is not.
/// </summary>
internal static class GivenBatch
{
    /// <summary>Steps of several rollouts, one after the other.</summary>
    /// <param name="lengths">Of each rollout; 0 for one without a scored step.</param>
    /// <param name="advantages">(N).</param>
    /// <param name="old">(N), or (N · C).</param>
    /// <param name="recorded">(N); the old ones when null.</param>
    /// <param name="reference">(N) or null.</param>
    /// <param name="most">The longest a rollout may be.</param>
    public static RolloutBatch Of(
        IReadOnlyList<int> lengths, double[] advantages, double[]? old, double[]? recorded = null, double[]? reference = null,
        int most = 512)
    {
        var batch = (RolloutBatch)RuntimeHelpers.GetUninitializedObject(typeof(RolloutBatch));
        var row = lengths.SelectMany((n, i) => Enumerable.Repeat((long)i, n)).ToArray();
        Set(nameof(RolloutBatch.Sampling), new SamplingOptions { MaxNewTokens = most });
        Set(nameof(RolloutBatch.Rollouts), lengths.Count);
        Set(nameof(RolloutBatch.Steps), row.Length);
        Set(nameof(RolloutBatch.Row), tensor(row));
        Set(nameof(RolloutBatch.Lengths), tensor(row.Select(r => (double)lengths[(int)r]).ToArray()));
        Set(nameof(RolloutBatch.Advantages), tensor(advantages));
        var width = old is null || row.Length == 0 ? 1 : old.Length / row.Length;
        if (old is not null) batch.Old = width == 1 ? tensor(old) : tensor(old, [row.Length, width]);
        Set(nameof(RolloutBatch.Recorded), tensor(recorded ?? (width == 1 ? old : null) ?? new double[row.Length]));
        if (reference is not null) batch.Reference = tensor(reference);
        return batch;

        void Set(string name, object value) => typeof(RolloutBatch).GetProperty(name)!.SetValue(batch, value);
    }
}
