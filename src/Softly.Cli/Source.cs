using Softly.Cli.Recipes;
using Softly.Models.Weights;
using Softly.Runs;

namespace Softly.Cli;

/// <summary>What a user points at: a recipe file, a run's folder, a checkpoint in one, or a model of another origin.</summary>
/// <param name="Recipe">The run's or the file's recipe, or the defaults.</param>
/// <param name="Model">Where the weights are; null where the recipe says it.</param>
/// <param name="Run">The run's folder; null outside a run.</param>
internal sealed record Source(Recipe Recipe, string? Model, string? Run)
{
    /// <summary>Whether it is a model without any recipe: nobody has said how it decodes.</summary>
    public bool IsBare => Model is not null && Run is null;

    /// <summary>Finds out what a path is. Changes from the command line win over whatever recipe is found.</summary>
    /// <exception cref="UserError">It is nothing of the kind; the message lists what was expected.</exception>
    public static Source Find(string path, IEnumerable<string> overrides)
    {
        path = ModelName.Resolve(path);
        if (File.Exists(path))
            return path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)
                ? new Source(RecipeReader.Read(null, overrides), path, null)
                : new Source(RecipeReader.Read(path, overrides), null, null);
        if (!Directory.Exists(path))
            throw new UserError($"{path}: there is no such file or folder; expected a recipe (.yaml), a run's folder, "
                + "a checkpoint, a Hugging Face folder, a .gguf file or a model that softly pull has fetched (org/name)");
        if (RunFolder.IsRun(path))
        {
            using var run = RunFolder.View(path);
            return new Source(RecipeReader.Read(run.RecipePath, overrides), Weights(path), run.Path);
        }
        if (!File.Exists(Path.Combine(path, "config.json")) && !AdapterConfig.IsIn(path))
            throw new UserError(
                $"{path}: neither a run (no recipe.yaml) nor a model (no config.json) nor an adapter (no adapter_config.json)");
        var parent = Path.GetDirectoryName(Path.GetFullPath(path));
        return parent is not null && RunFolder.IsRun(parent)
            ? new Source(RecipeReader.Read(Path.Combine(parent, "recipe.yaml"), overrides), path, parent)
            : new Source(RecipeReader.Read(null, overrides), path, null);
    }

    /// <summary>Where the weights are that a path or a name means: of a run its newest checkpoint, else the path itself.</summary>
    /// <exception cref="UserError">Nothing is there, or the run has no checkpoint yet.</exception>
    public static string Weights(string path)
    {
        path = ModelName.Resolve(path);
        if (!File.Exists(path) && !Directory.Exists(path)) throw new UserError($"{path}: there is no such file or folder");
        if (!RunFolder.IsRun(path)) return path;
        using var run = RunFolder.View(path);
        return run.NewestCheckpoint ?? throw new UserError($"{path}: the run has no checkpoint yet");
    }
}
