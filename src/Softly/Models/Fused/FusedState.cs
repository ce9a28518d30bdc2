namespace Softly.Models;

/// <summary>What a forward pass left for its backward pass. Its memory goes back to the model, or to the collector.</summary>
internal sealed class FusedState(FusedModel model, PackedLayout layout, Kept kept, FusedShard[] shards, Arena? arena)
{
    public FusedModel Model => model;

    public PackedLayout Layout => layout;

    public Kept Kept => kept;

    public FusedShard[] Shards => shards;

    /// <summary>Whether a backward pass has been through it.</summary>
    public bool IsSpent { get; private set; }

    /// <summary>Nothing is needed of it any more.</summary>
    public void Free()
    {
        IsSpent = true;
        if (arena is not null) model.Return(arena);
        arena = null;
    }
}
