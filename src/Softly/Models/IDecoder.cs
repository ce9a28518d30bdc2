using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Rows that decode side by side, each at its own position: a prompt is processed once and forked into the rows that continue it,
/// every call of <see cref="Step"/> feeds one position to every row, and rows come and go between the calls. Two implementations
/// give the same numbers: <see cref="TorchDecoder"/> on any device, and <c>SimdDecoder</c> in vector kernels for small models on
/// a CPU. No gradients.
/// </summary>
/// <remarks>Not thread-safe: one instance per thread. Returned tensors belong to the caller.</remarks>
public interface IDecoder : IDisposable
{
    /// <summary>Processes each prompt once and appends the rows that continue it behind those there are.</summary>
    /// <param name="prompts">
    /// One entry a prompt; each a list of positions. All positions' mixtures are given by <see cref="MixtureRow"/>.
    /// </param>
    /// <param name="rowsPerPrompt">How many rows continue each prompt, at least 1; they lie side by side.</param>
    /// <param name="newPositions">How many positions these rows will be fed at most after the prompt.</param>
    /// <returns>
    /// Logits after each prompt's last position, one row a prompt whatever <paramref name="rowsPerPrompt"/>: (prompts, V), in
    /// single precision.
    /// </returns>
    /// <exception cref="ArgumentException">A prompt is empty, or does not fit the model's positions.</exception>
    Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions);

    /// <summary>Appends rows that continue a row's prompt from the prompt's end, whatever that row has been fed since.</summary>
    /// <param name="row">A row that is there, with as many new positions as the appended rows will have.</param>
    /// <param name="count">How many are appended.</param>
    void Fork(int row, int count);

    /// <summary>Feeds one position to every row.</summary>
    /// <param name="ids">(B, K) int64. Unused slots hold any valid id with weight 0.</param>
    /// <param name="weights">(B, K) float32: the input is Σ weightₖ · E[idₖ].</param>
    /// <param name="vectors">(B, D): added to the mixtures; null for nothing.</param>
    /// <returns>Logits (B, V) in single precision.</returns>
    /// <exception cref="InvalidOperationException">A row has been fed all its new positions.</exception>
    Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null);

    /// <summary>
    /// Keeps only the given rows: row i becomes what row <c>rows[i]</c> was. What the others held serves the rows that come next.
    /// Cheapest where rows that stay keep their place, and the last ones fill the gaps.
    /// </summary>
    /// <param name="rows">B' different row numbers.</param>
    void Keep(ReadOnlySpan<int> rows);

    /// <summary>The token embedding, (V, D): the model's own.</summary>
    Tensor Embedding { get; }

    /// <summary>
    /// Whether decoding reads nothing that an update of the model writes, so that the two may go on at the same time.
    /// </summary>
    bool IsApart { get; }

    /// <summary>Takes in parameters that have changed since the engine was made. Rows of before are lost.</summary>
    void Refresh();

    /// <summary>Ends all rows and gives back what they held on the device, so that an update has the memory.</summary>
    void Release();
}

/// <summary>One position's input: a weighted set of tokens. A plain token is one id of weight 1.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Weights">One weight an id.</param>
public readonly record struct MixtureRow(int[] Ids, float[] Weights)
{
    /// <summary>A plain token.</summary>
    public static MixtureRow Token(int id) => new([id], [1f]);
}
