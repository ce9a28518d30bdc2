using Softly.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Evaluation;

/// <summary>A model written by hand: logits are a function of all positions so far, each a weighted set of tokens.</summary>
/// <param name="vocabulary">V.</param>
/// <param name="logits">From the positions to V logits; the prompt's are the first.</param>
internal sealed class HandmadeDecoder(int vocabulary, Func<IReadOnlyList<MixtureRow>, float[]> logits) : IDecoder
{
    private List<(int Prompt, List<MixtureRow> Said)> _rows = [];

    public Tensor Embedding { get; } = zeros(vocabulary, 2).DetachFromDisposeScope();

    public bool IsApart => true;

    public Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions)
    {
        foreach (var prompt in prompts)
            _rows.AddRange(Enumerable.Range(0, rowsPerPrompt).Select(_ => (prompt.Count, prompt.ToList())));
        return Stacked(prompts);
    }

    public void Fork(int row, int count) => _rows.AddRange(
        Enumerable.Range(0, count).Select(_ => (_rows[row].Prompt, _rows[row].Said.Take(_rows[row].Prompt).ToList())));

    public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null)
    {
        Assert.Null(vectors);
        var (id, weight, k) = (ids.data<long>().ToArray(), weights.data<float>().ToArray(), (int)ids.shape[1]);
        for (var r = 0; r < _rows.Count; r++)
            _rows[r].Said.Add(new MixtureRow(
                [.. Enumerable.Range(r * k, k).Select(i => (int)id[i])], [.. Enumerable.Range(r * k, k).Select(i => weight[i])]));
        return Stacked([.. _rows.Select(r => r.Said)]);
    }

    public void Keep(ReadOnlySpan<int> rows) => _rows = [.. rows.ToArray().Select(r => _rows[r])];

    public void Refresh() { }

    public void Release() => _rows.Clear();

    public void Dispose() => Embedding.Dispose();

    private Tensor Stacked(IReadOnlyList<IReadOnlyList<MixtureRow>> rows) =>
        tensor(rows.SelectMany(r => logits(r)).ToArray(), [rows.Count, vocabulary]);
}
