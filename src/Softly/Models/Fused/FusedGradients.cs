
namespace Softly.Models;

/// <summary>
/// Gradients that shards add up in their own order, whichever worker has them: a matrix's turn goes from shard to shard. The
/// small ones (norms and biases) stand in a row for every shard and are summed at the end.
/// </summary>
internal sealed unsafe class FusedGradients : IDisposable
{
    private readonly int[] _turns;
    private readonly NativeFloats _small;
    private readonly long _smallCount;
    private volatile bool _failed;

    /// <param name="matrices">How many matrices.</param>
    /// <param name="small">How many numbers norms and biases have together.</param>
    /// <param name="shards">How many shards.</param>
    public FusedGradients(int matrices, long small, int shards)
    {
        _turns = new int[matrices];
        _smallCount = small;
        _small = new NativeFloats(small * shards);
    }

    /// <summary>Norms' and biases' gradients of one shard, zeros at first.</summary>
    public float* Small(int shard) => _small.Start + (shard * _smallCount);

    /// <summary>Adds the shards' small gradients to the first shard's.</summary>
    public float* SmallTotal(int shards)
    {
        for (var shard = 1; shard < shards; shard++)
            for (long i = 0; i < _smallCount; i++) _small.Start[i] += Small(shard)[i];
        return _small.Start;
    }

    /// <summary>Waits until all shards before this one have added to a matrix.</summary>
    /// <exception cref="OperationCanceledException">Another worker failed.</exception>
    public void Await(int matrix, int shard)
    {
        var wait = default(SpinWait);
        while (Volatile.Read(ref _turns[matrix]) != shard)
        {
            if (_failed) throw new OperationCanceledException("another worker of the backward pass failed");
            wait.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>Gives a matrix to the next shard.</summary>
    public void Pass(int matrix) => Volatile.Write(ref _turns[matrix], _turns[matrix] + 1);

    /// <summary>Ends all waiting.</summary>
    public void Fail() => _failed = true;

    /// <inheritdoc/>
    public void Dispose() => _small.Dispose();
}
