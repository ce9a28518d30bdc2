using System.Globalization;
using Softly.Cli.Recipes;
using Softly.Runs;

namespace Softly.Cli.Evaluating.Endpoint;

/// <summary>What a user says of an endpoint.</summary>
/// <param name="Address">Up to and with <c>/v1</c>.</param>
/// <param name="Model">The model's name there; null for the only one.</param>
/// <param name="Plain">Plain completions instead of a chat.</param>
/// <param name="Concurrency">Requests under way at once.</param>
/// <param name="Choices">Answers asked for in one request.</param>
/// <param name="Timeout">Waited for a reply.</param>
internal sealed record EndpointWishes(string Address, string? Model, bool Plain, int Concurrency, int Choices, TimeSpan Timeout);

/// <summary>Evaluates a model behind an OpenAI-compatible address, in plain tokens.</summary>
internal sealed class EndpointEvaluation(Reporter reporter, EndpointWishes endpoint, EvaluationWishes wishes)
{
    private const int Attempts = 6;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.5);

    /// <summary>Keys that mean something to a server, or to benchmarks.</summary>
    private static readonly string[] Keys =
    [
        "temperature", "top_p", "top_k", "min_p", "max_completion_length", "stop_strings", "eval_samples", "eval_seed", "seed",
        "system_prompt", "prompt_suffix", "prompt_column", "answer_column", "grader", "threads",
    ];

    /// <summary>Whether a source is an address.</summary>
    public static bool IsAddress(string source) =>
        source.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The recipe of what is asked.</summary>
    /// <exception cref="UserError">A mode that a server cannot answer in, or a key that does nothing there.</exception>
    public static AnswerMode ModeOf(string? modes, IReadOnlyList<Preset> presets, IEnumerable<string> changes)
    {
        var given = changes.ToList();
        var (all, ofMode) = AnswerModes.Split(given);
        foreach (var change in all.Concat(ofMode.SelectMany(g => g)))
            if (RecipeReader.Find(change.Split('=')[0]) is { } key && !Keys.Contains(key.Name))
                throw new UserError($"{key.Name} does nothing with an endpoint, which decodes by itself: leave it out; "
                    + $"keys are {string.Join(", ", Keys)}");
        var ways = AnswerModes.Of(new Recipe(), modes ?? (presets.Count > 0 ? null : AnswerModes.Discrete), presets, given);
        if (ways.FirstOrDefault(w => w.Name != AnswerModes.Discrete) is { } other)
            throw new UserError($"an endpoint answers in the mode discrete only: {other.Name} feeds the model mixtures of tokens, "
                + "and a server takes texts; give the model's files instead of the address");
        return ways[0];
    }

    /// <summary>Runs it, or goes on with it.</summary>
    /// <exception cref="UserError">The server is not there, refuses, or fails for too long.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(AnswerMode mode, IReadOnlyList<AskedSet> sets)
    {
        var recipe = mode.Recipe;
        wishes.CheckKs(recipe.EvalSamples);
        using var client = new EndpointClient(
            endpoint.Address, Environment.GetEnvironmentVariable("OPENAI_API_KEY"),
            new EndpointPatience(Attempts, FirstDelay, endpoint.Timeout));
        using var interrupt = new Interrupt("stopping: problems that are not whole are left out; the same command goes on");
        var model = Finished(sets) ?? ModelOf(client.Models(interrupt.Token).GetAwaiter().GetResult());
        var file = Describe(mode, model, sets);
        var path = wishes.Out ?? Path.Combine("evaluations", NameOf(model, sets));
        foreach (var set in sets) reporter.Say(set.Origin);
        using var folder = EvaluationFolder.Open(path, file, sets.ToDictionary(s => s.Name, s => s.Kept));
        var run = new EvaluationRun(reporter, folder, recipe.Threads > 0 ? recipe.Threads : Environment.ProcessorCount);
        foreach (var set in sets)
            run.Answer(
                file.Parts.Single(p => p.Benchmark == set.Name), set,
                new EndpointAnswerer(client, SamplingOf(recipe, model, set), endpoint.Concurrency), interrupt.Token);
        Finish.Write(reporter, folder.Path, wishes.Ks);
    }

    /// <summary>The model of an evaluation that has all its answers: nobody need be asked for them; else null.</summary>
    private string? Finished(IReadOnlyList<AskedSet> sets)
    {
        var path = wishes.Out ?? (endpoint.Model is { } name ? Path.Combine("evaluations", NameOf(name, sets)) : null);
        if (path is null || EvaluationFile.Read(path) is not { } begun) return null;
        var whole = begun.Parts.All(p => Path.Combine(path, p.Samples) is var samples && File.Exists(samples)
            && SampleLog.Count(samples) == p.Problems * begun.Samples);
        return whole ? endpoint.Model ?? begun.Settings.FirstOrDefault(s => s.Key == "model").Value : null;
    }

    private static string NameOf(string model, IReadOnlyList<AskedSet> sets)
    {
        var name = string.Concat(model.Split('/')[^1]
            .Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '_'));
        return $"{name}-{(sets.Count <= 3 ? string.Join('-', sets.Select(s => s.Name)) : $"{sets.Count}-benchmarks")}";
    }

    private string ModelOf(IReadOnlyList<string> models)
    {
        if (endpoint.Model is { } given)
        {
            if (models.Count > 0 && !models.Contains(given))
                reporter.Say($"{endpoint.Address} does not list a model {given}{RecipeReader.Nearest(given, models)}");
            return given;
        }
        return models.Count == 1 ? models[0]
            : throw new UserError(models.Count == 0
                ? $"{endpoint.Address} does not say which models it has: name one with --model"
                : $"{endpoint.Address} has several models: name one with --model: {string.Join(", ", models.Take(20))}");
    }

    private EndpointSampling SamplingOf(Recipe recipe, string model, AskedSet set) => new(
        model, endpoint.Plain, recipe.MaxCompletionLength > 0 ? recipe.MaxCompletionLength : set.Task.CompletionLength ?? 512,
        recipe.EvalSeed ?? recipe.Seed)
    {
        Temperature = recipe.Temperature, TopP = recipe.TopP, TopK = recipe.TopK, MinP = recipe.MinP > 0 ? recipe.MinP : null,
        Stop = recipe.StopStrings?.Split('|', StringSplitOptions.RemoveEmptyEntries) ?? [], Choices = endpoint.Choices,
    };

    private EvaluationFile Describe(AnswerMode mode, string model, IReadOnlyList<AskedSet> sets)
    {
        var recipe = mode.Recipe;
        var settings = new List<KeyValuePair<string, string>>
        {
            new("seed", $"{recipe.EvalSeed ?? recipe.Seed}"),
            new("model", model),
            new("address", endpoint.Address),
            new("endpoint", endpoint.Plain ? "completions" : "chat completions"),
            new("choices", $"{endpoint.Choices}"),
        };
        foreach (var set in sets)
        {
            settings.AddRange(set.Settings);
            settings.Add(new($"{mode.Name}.{set.Name}.tokens", $"{SamplingOf(recipe, model, set).MaxTokens}"));
        }
        var sampling = SamplingOf(recipe, model, sets[0]);
        foreach (var (key, value) in new (string, object?)[]
        {
            ("temperature", sampling.Temperature), ("top_p", sampling.TopP), ("top_k", sampling.TopK), ("min_p", sampling.MinP),
        })
            settings.Add(new(
                $"{mode.Name}.{key}", value is null ? "the server's" : Convert.ToString(value, CultureInfo.InvariantCulture)!));
        if (sampling.Stop.Count > 0) settings.Add(new($"{mode.Name}.stop", string.Join('|', sampling.Stop)));
        settings.AddRange(ModelEvaluation.Versions());
        return new EvaluationFile
        {
            Name = NameOf(model, sets),
            Command = wishes.Command, Samples = recipe.EvalSamples, Piece = wishes.Piece ?? 1, Settings = settings,
            Parts = [.. sets.Select(s => new EvaluationPart(s.Name, mode.Name, s.Problems.Count))],
            Notes = [.. sets.Select(s => KeyValuePair.Create(s.Name, s.Origin))],
        };
    }
}
