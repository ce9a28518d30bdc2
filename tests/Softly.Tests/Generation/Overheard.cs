using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>A decoder whose inputs are written down.</summary>
internal sealed class Overheard(IDecoder inner) : IDecoder
{
    public List<(Tensor Ids, Tensor Weights, Tensor? Vectors)> Fed { get; } = [];

    public Tensor Embedding => inner.Embedding;

    public Tensor Start(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions) =>
        inner.Start(prompts, rowsPerPrompt, newPositions);

    public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null)
    {
        Fed.Add((Held(ids), Held(weights), vectors is null ? null : Held(vectors)));
        return inner.Step(ids, weights, vectors);
        static Tensor Held(Tensor x) => x.clone().DetachFromDisposeScope();
    }

    public void Refresh() => inner.Refresh();

    public void Release() => inner.Release();

    public void Keep(Tensor rows) => inner.Keep(rows);

    public void Dispose()
    {
        inner.Dispose();
        foreach (var (ids, weights, vectors) in Fed)
        {
            ids.Dispose();
            weights.Dispose();
            vectors?.Dispose();
        }
    }
}
