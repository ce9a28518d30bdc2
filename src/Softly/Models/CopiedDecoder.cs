using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Decoding on a copy of a model: in another element type, or with its adapter's change added in for an engine that knows plain
/// weights only. Every <see cref="Refresh"/> makes the copy anew.
/// </summary>
public sealed class CopiedDecoder : IDecoder
{
    private readonly Decoder _model;
    private readonly Decoder _copy;
    private readonly IDecoder _engine;

    /// <summary>What decodes with the copy.</summary>
    internal IDecoder Engine => _engine;

    /// <param name="model">What is copied; belongs to the caller.</param>
    /// <param name="type">The copy's element type.</param>
    /// <param name="engine">Decodes with the copy, and belongs to this object from here on.</param>
    public CopiedDecoder(Decoder model, ScalarType type, Func<Decoder, IDecoder> engine)
    {
        _model = model;
        _copy = new Decoder(model.Config, type, model.Device);
        _copy.CopyFrom(model);
        _engine = engine(_copy);
    }

    /// <summary>But for laws that draw in the embedding's space, which is the model's own.</summary>
    public bool IsApart => true;

    /// <summary>The model's own, unrounded: laws that draw in the embedding's space score by it.</summary>
    public Tensor Embedding => _model.Embedding;

    /// <inheritdoc/>
    public Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions) =>
        _engine.Add(prompts, rowsPerPrompt, newPositions);

    /// <inheritdoc/>
    public void Fork(int row, int count) => _engine.Fork(row, count);

    /// <inheritdoc/>
    public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null) => _engine.Step(ids, weights, vectors);

    /// <inheritdoc/>
    public void Keep(ReadOnlySpan<int> rows) => _engine.Keep(rows);

    /// <inheritdoc/>
    public void Release() => _engine.Release();

    /// <inheritdoc/>
    public void Refresh()
    {
        _copy.CopyFrom(_model);
        _engine.Refresh();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        _copy.Dispose();
    }
}
