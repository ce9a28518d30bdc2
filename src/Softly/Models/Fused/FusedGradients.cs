namespace Softly.Models;

/// <summary>
/// Gradients that shards add up in their own order: a matrix's turn goes from shard to shard. The small ones (norms and biases)
/// stand in a row for every shard and are summed at the end.
/// </summary>
internal sealed unsafe class FusedGradients : IDisposable
{
    private readonly NativeFloats _small;
    private readonly long _smallCount;

    /// <param name="matrices">How many matrices.</param>
    /// <param name="small">How many numbers norms and biases have together.</param>
    /// <param name="shards">How many shards.</param>
    public FusedGradients(int matrices, long small, int shards)
    {
        Turns = new OrderedTurns(matrices);
        _smallCount = small;
        _small = new NativeFloats(small * shards);
    }

    /// <summary>Whose turn it is at every matrix.</summary>
    public OrderedTurns Turns { get; }

    /// <summary>Norms' and biases' gradients of one shard, zeros at first.</summary>
    public float* Small(int shard) => _small.Start + (shard * _smallCount);

    /// <summary>Adds the shards' small gradients to the first shard's.</summary>
    public float* SmallTotal(int shards)
    {
        for (var shard = 1; shard < shards; shard++)
            for (long i = 0; i < _smallCount; i++) _small.Start[i] += Small(shard)[i];
        return _small.Start;
    }

    /// <inheritdoc/>
    public void Dispose() => _small.Dispose();
}
