using Softly.Models;
using Softly.Rollouts;
using Softly.Tasks;
using Softly.Tokenization;
using Softly.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli.Benches;

/// <summary>
/// A model with everything that training takes, put together by the same code as a run's, so that whatever a recipe can choose
/// can be measured.
/// </summary>
internal sealed class Rig : IDisposable
{
    private readonly bool _quick;
    private Decoder? _reference;

    /// <param name="bench">What was asked.</param>
    /// <param name="shape">The model.</param>
    /// <param name="promptTokens">Words of every prompt.</param>
    /// <param name="own">Recipe keys of the measurement.</param>
    /// <param name="usual">Recipe keys that the user may change.</param>
    /// <param name="training">False where nothing is trained.</param>
    public Rig(Bench bench, Shape shape, int promptTokens, IEnumerable<string> own, IEnumerable<string> usual, bool training)
    {
        var recipe = bench.Options.Recipe(own, usual);
        (Shape, _quick) = (shape, bench.Options.Quick);
        Task = new RandomTask(shape.Config.VocabularySize, promptTokens, (ulong)bench.Options.Seed);
        Setup = new Setup(recipe, Task, new WordTokenizer(Task.Vocabulary!), shape.Config, training);
        Model = Setup.MakeModel();
        if (shape.Path is { } path)
        {
            using var loaded = Setup.LoadModel(path, Model.Type);
            Model.CopyFrom(loaded);
        }
        Workbench = Setup.MakeWorkbench(Model);
        Prompts = [.. Task.Problems(Split.Train, recipe.TrainProblems, 0).Select(Workbench.Reader.Read)];
        Setting = new Dictionary<string, string>
        {
            ["model"] = shape.Name,
            ["decoder"] = Workbench.Engine.GetType().Name,
            ["dtype"] = recipe.Dtype,
            ["update"] = !training ? "none" : Setup.Fuses ? $"fused, {recipe.UpdateDtype}" : "torch",
        };
        foreach (var change in bench.Options.Changes) Setting[change.Split('=')[0]] = change[(change.IndexOf('=') + 1)..];
    }

    public Shape Shape { get; }
    public RandomTask Task { get; }
    public Setup Setup { get; }
    public Decoder Model { get; }
    public Workbench Workbench { get; }

    /// <summary>All prompts of the task.</summary>
    public IReadOnlyList<Prompt> Prompts { get; }

    /// <summary>What it was put together from, for the record.</summary>
    public Dictionary<string, string> Setting { get; }

    /// <summary>Bytes of a weight that decodes.</summary>
    public int WeightBytes => Setup.Type == ScalarType.BFloat16 ? 2 : 4;

    /// <summary>Whether it has the sizes that something is asked of.</summary>
    /// <param name="own">The measurement's own shape; null where it takes the large model, whichever that is.</param>
    public bool IsAsked(Shape? own) => !_quick && (own is not null || Shape.MatrixParameters == Shape.Large.MatrixParameters);

    /// <summary>A trainer as a run has it.</summary>
    public Trainer MakeTrainer()
    {
        if (Setup.Algorithm.NeedsReferenceModel && _reference is null)
        {
            _reference = new Decoder(Model.Config, Setup.ReferenceType, Model.Device);
            _reference.CopyFrom(Model);
            Setup.Fused(_reference);
        }
        return new Trainer(
            Model, _reference, Workbench.Engine, Workbench.Generator, Setup.Algorithm, Task, Setup.Problems.Train(),
            Workbench.Reader.Read, Setup.Settings.Training(Setup.Sampling));
    }

    public void Dispose()
    {
        _reference?.Dispose();
        Workbench.Dispose();
        Model.Dispose();
    }
}
