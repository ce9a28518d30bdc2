using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Models;

/// <summary>
/// Rows that decode side by side: a prompt is processed once and forked into the rows that continue it, then every call of
/// <see cref="Step"/> feeds one position to every row. Two implementations give the same numbers: <see cref="TorchDecoder"/> on
/// any device, and <c>SimdDecoder</c> in vector kernels for small models on a CPU. No gradients.
/// </summary>
/// <remarks>Not thread-safe: one instance per thread. Returned tensors belong to the caller.</remarks>
public interface IDecoder : IDisposable
{
    /// <summary>Begins anew: processes each prompt once and forks it, dropping whatever rows there were.</summary>
    /// <param name="prompts">
    /// One entry a prompt; each a list of positions. All positions' mixtures are given by <see cref="MixtureRow"/>.
    /// </param>
    /// <param name="rowsPerPrompt">How many rows continue each prompt; rows of one prompt lie side by side.</param>
    /// <param name="newPositions">How many positions will be fed at most after the prompt (the cache is allocated once).</param>
    /// <returns>Logits after the prompts' last position, (prompts · rowsPerPrompt, V), in single precision.</returns>
    /// <exception cref="ArgumentException">A prompt is empty, or does not fit the model's positions.</exception>
    Tensor Start(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions);

    /// <summary>Feeds one position to every row.</summary>
    /// <param name="ids">(B, K) int64. Unused slots hold any valid id with weight 0.</param>
    /// <param name="weights">(B, K) float32: the input is Σ weightₖ · E[idₖ].</param>
    /// <param name="vectors">(B, D): added to the mixtures; null for nothing.</param>
    /// <returns>Logits (B, V) in single precision.</returns>
    Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null);

    /// <summary>The token embedding, (V, D): the model's own.</summary>
    Tensor Embedding { get; }

    /// <summary>Takes in parameters that have changed since the engine was made. Rows of before are lost.</summary>
    void Refresh();

    /// <summary>Ends the current rows and gives back what they held on the device, so that an update has the memory.</summary>
    void Release();

    /// <summary>Keeps only the given rows, in the given order: (B') int64 row numbers. Frees what finished rows held.</summary>
    void Keep(Tensor rows);
}

/// <summary>One position's input: a weighted set of tokens. A plain token is one id of weight 1.</summary>
/// <param name="Ids">Token ids.</param>
/// <param name="Weights">One weight an id.</param>
public readonly record struct MixtureRow(int[] Ids, float[] Weights)
{
    /// <summary>A plain token.</summary>
    public static MixtureRow Token(int id) => new([id], [1f]);
}
