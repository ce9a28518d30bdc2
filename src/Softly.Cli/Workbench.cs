using Softly.Generation;
using Softly.Models;
using Softly.Tasks;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;

namespace Softly.Cli;

/// <summary>What decodes: libtorch, or the vector kernels.</summary>
internal enum EngineKind
{
    Torch,
    Simd,
}

/// <summary>A model with all that is needed to read problems and to write and judge answers. Used by one thread.</summary>
internal sealed class Workbench : IDisposable
{
    /// <param name="model">Belongs to the caller.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="task">Judges answers.</param>
    /// <param name="engine">What decodes.</param>
    /// <param name="type">The type of the weights that decode.</param>
    /// <param name="workers">Threads of the vector kernels.</param>
    /// <param name="maxRows">Rows that decode side by side.</param>
    /// <param name="progress">Told the share done of a long generation.</param>
    /// <param name="alsoEnds">Tokens that end a text beside the model's own.</param>
    /// <param name="apart">Decodes with weights of its own, so that the model may be trained at the same time.</param>
    public Workbench(
        Decoder model, Tokenizer tokenizer, ITask task, EngineKind engine, ScalarType type, int workers, int maxRows = 1024,
        Action<double>? progress = null, IReadOnlyList<int>? alsoEnds = null, bool apart = false)
    {
        (Model, Tokenizer, Task) = (model, tokenizer, task);
        Reader = new ProblemReader(tokenizer);
        // libtorch decodes with an adapter as it is; the vector kernels need it added in.
        // They round to half precision as they pack.
        var half = engine == EngineKind.Simd && type == ScalarType.BFloat16;
        var copies = apart || (model.Type != type && !half) || (engine == EngineKind.Simd && model.Adapter is not null);
        Engine = copies ? new CopiedDecoder(model, type, Decoding) : Decoding(model);
        IReadOnlyList<int> ends =
            [.. model.Config.EndTokens.Count > 0 ? model.Config.EndTokens : tokenizer.EndTokens, .. alsoEnds ?? []];
        Generator = new Generator(Engine, model.Device, model.Config.VocabularySize, ends, ids => tokenizer.Decode(ids))
        {
            MaxRows = maxRows, Workers = workers, Progress = progress
        };

        IDecoder Decoding(Decoder weights) =>
            engine == EngineKind.Simd ? new SimdDecoder(weights.Config, weights.Named, workers, half) : new TorchDecoder(weights);
    }

    public Decoder Model { get; }
    public Tokenizer Tokenizer { get; }
    public ITask Task { get; }
    public ProblemReader Reader { get; }
    public IDecoder Engine { get; }
    public Generator Generator { get; }

    /// <summary>Frees the engine; the model belongs to whoever made it.</summary>
    public void Dispose() => Engine.Dispose();
}
