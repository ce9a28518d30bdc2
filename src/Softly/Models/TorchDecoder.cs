using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>Decoding with libtorch, on any device and in any of the model's types.</summary>
/// <param name="model">The model; its parameters are read at every call, so an update needs no refresh.</param>
public sealed class TorchDecoder(Decoder model) : IDecoder
{
    private KvCache? _cache;

    /// <inheritdoc />
    public Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerPrompt, 1);
        var first = _cache is not { Rows: > 0 };
        var logits = Prefill(prompts, rowsPerPrompt, newPositions);
        if (first) ResidentMemory.GiveBack(); // a prompt's pass is large, and steps have no use for blocks of its sizes
        return logits;
    }

    private Tensor Prefill(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (ids, weights, lengths) = MixtureTable.Of(prompts, model.Config.MaxPositions - newPositions);
        long p = prompts.Count, t = lengths.Max(), k = ids.Length / (p * t);
        var inputs = model.Embed(
            Scalars.Upload(ids, model.Device, p, t, k), Scalars.Upload(weights, model.Device, p, t, k)); // (P, T, D)

        _cache ??= new KvCache(model.Config, model.Type, model.Device);
        _cache.Add(lengths, rowsPerPrompt, newPositions);
        var hidden = model.Forward(inputs, _cache).reshape(p * t, -1); // (P·T, D)
        var last = Scalars.Upload(lengths.Select((l, i) => i * t + l - 1).ToArray(), model.Device, p);
        return Logits(hidden.index_select(0, last)).MoveToOuterDisposeScope(); // (P, V)
    }

    /// <inheritdoc />
    public void Fork(int row, int count)
    {
        using var off = no_grad();
        RowNumbers.Check(row, Rows);
        _cache!.Fork(row, count);
    }

    /// <inheritdoc />
    public Tensor Embedding => model.Embedding;

    /// <inheritdoc />
    public bool IsApart => false;

    /// <inheritdoc />
    public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        if (ids.shape[0] != Rows) throw new ArgumentException($"ids are of {ids.shape[0]} rows; there are {Rows}", nameof(ids));
        _cache!.Ready();
        var inputs = model.Embed(ids.unsqueeze(1), weights.unsqueeze(1)); // (B, 1, D)
        if (vectors is not null) inputs = inputs.Plus(vectors.to(model.Type).unsqueeze(1));
        var hidden = model.Step(inputs, _cache); // (B, 1, D)
        return Logits(hidden.squeeze(1)).MoveToOuterDisposeScope(); // (B, V)
    }

    /// <inheritdoc />
    public void Keep(ReadOnlySpan<int> rows)
    {
        using var off = no_grad();
        RowNumbers.Check(rows, Rows);
        _cache?.Keep(rows);
    }

    /// <inheritdoc />
    public void Refresh() { }

    /// <inheritdoc />
    public void Release()
    {
        _cache?.Dispose();
        _cache = null;
    }

    private int Rows => _cache?.Rows ?? 0;

    private Tensor Logits(Tensor hidden)
    {
        var logits = nn.functional.linear(hidden, model.Head);
        return model.Type == ScalarType.Float32 ? logits : logits.to(ScalarType.Float32); // (B, V)
    }

    /// <inheritdoc />
    public void Dispose() => Release();
}
