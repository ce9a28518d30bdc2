using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>Decoding with libtorch, on any device and in any of the model's types.</summary>
/// <param name="model">The model; its parameters are read at every call, so an update needs no refresh.</param>
public sealed class TorchDecoder(Decoder model) : IDecoder
{
    private KvCache? _cache;

    /// <inheritdoc />
    public Tensor Start(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        var logits = Prefill(prompts, rowsPerPrompt, newPositions);
        ResidentMemory.GiveBack(); // a prompt's pass is large, and steps have no use for blocks of its sizes
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

        _cache?.Dispose();
        _cache = new KvCache(model.Config, prompts.Count, lengths, newPositions, model.Type, model.Device);
        var hidden = model.Forward(inputs, _cache).reshape(p * t, -1); // (P·T, D)
        var last = Scalars.Upload(lengths.Select((l, i) => i * t + l - 1).ToArray(), model.Device, p);
        var logits = Logits(hidden.index_select(0, last)); // (P, V)

        var rows = Scalars.Upload(
            Enumerable.Range(0, prompts.Count * rowsPerPrompt).Select(i => (long)(i / rowsPerPrompt)).ToArray(), model.Device,
            p * rowsPerPrompt);
        if (rowsPerPrompt > 1) _cache.Fork(rows);
        return (rowsPerPrompt > 1 ? logits.index_select(0, rows) : logits).MoveToOuterDisposeScope(); // (B, V)
    }

    /// <inheritdoc />
    public Tensor Embedding => model.Embedding;

    /// <inheritdoc />
    public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var inputs = model.Embed(ids.unsqueeze(1), weights.unsqueeze(1)); // (B, 1, D)
        if (vectors is not null) inputs = inputs.Plus(vectors.to(model.Type).unsqueeze(1));
        var hidden = model.Step(inputs, _cache!); // (B, 1, D)
        return Logits(hidden.squeeze(1)).MoveToOuterDisposeScope(); // (B, V)
    }

    /// <inheritdoc />
    public void Keep(Tensor rows) => _cache!.Fork(rows);

    /// <inheritdoc />
    public void Refresh() { }

    /// <inheritdoc />
    public void Release()
    {
        _cache?.Dispose();
        _cache = null;
    }

    private Tensor Logits(Tensor hidden)
    {
        var logits = nn.functional.linear(hidden, model.Head);
        return model.Type == ScalarType.Float32 ? logits : logits.to(ScalarType.Float32); // (B, V)
    }

    /// <inheritdoc />
    public void Dispose() => Release();
}
