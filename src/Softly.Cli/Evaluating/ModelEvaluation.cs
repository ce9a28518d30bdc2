using System.Globalization;
using System.Runtime.Intrinsics;
using Softly.Cli.Recipes;
using Softly.Evaluation;
using Softly.Models;
using Softly.Models.Weights;
using Softly.Runs;
using Softly.Sampling;
using Softly.Tasks;
using TorchSharp;

namespace Softly.Cli.Evaluating;

/// <summary>What a user asks of an evaluation besides source, modes and benchmarks.</summary>
/// <param name="Out">Its folder; null for the default.</param>
/// <param name="Piece">Problems of a piece; null for the default.</param>
/// <param name="Ks">The k that are told; null for the default.</param>
/// <param name="Command">As it was typed.</param>
internal sealed record EvaluationWishes(string? Out, int? Piece, IReadOnlyList<int>? Ks, string Command)
{
    /// <summary>Answers of a piece where nobody says it: enough rows to decode well, few enough that little is lost.</summary>
    private const int PieceAnswers = 128;

    /// <summary>Samples a problem of an audit of the thoughts; null for no audit.</summary>
    public int? AuditSamples { get; init; }

    /// <summary>Problems of a piece.</summary>
    public int PieceOf(int samples) => Piece ?? Math.Max(1, PieceAnswers / samples);

    /// <summary>Refuses a k without as many answers.</summary>
    /// <exception cref="UserError">There is one.</exception>
    public void CheckKs(int samples)
    {
        if (Ks?.FirstOrDefault(k => k > samples) is > 0 and var k)
            throw new UserError($"--k {k}: pass@{k} needs at least {k} answers a problem, and eval_samples is {samples}: "
                + $"set eval_samples={k} or more, or ask for a smaller k");
    }
}

/// <summary>Evaluates a model of this machine in one or several modes.</summary>
/// <param name="reporter">Told what is done.</param>
/// <param name="source">The model, with its recipe as it was found.</param>
/// <param name="modes">How to answer.</param>
/// <param name="wishes">Folder, pieces, k.</param>
internal sealed class ModelEvaluation(Reporter reporter, Source source, IReadOnlyList<AnswerMode> modes, EvaluationWishes wishes)
{
    private readonly Recipe _recipe = modes[0].Recipe;

    /// <summary>Runs it, or goes on with it.</summary>
    /// <param name="sets">What is asked; null for the recipe's own held-out problems.</param>
    /// <exception cref="UserError">What cannot work, before any time is spent.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(IReadOnlyList<AskedSet>? sets)
    {
        var samples = Same(r => r.EvalSamples, "eval_samples");
        wishes.CheckKs(samples);
        Setup[] setups = [.. modes.Select(m => sets is null
            ? new Setup(m.Recipe, source.Model, training: false)
            : new Setup(m.Recipe, source.Model, training: false, needsTask: false, sets[0].Task))];
        sets ??= OwnSets(setups[0]);
        if (sets.GroupBy(s => s.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new UserError($"dataset_test names two files {twice.Key}: a set is called as its file is, "
                + "so rename one of them");
        var samplings = modes.Select((m, i) => sets.Select(s => SamplingOf(m, setups[i], s)).ToArray()).ToArray();
        if (wishes.AuditSamples is not null) CheckAudit(samplings);
        var seed = (ulong)setups[0].Problems.EvalSeed;
        var path = wishes.Out ?? DefaultFolder(sets);
        var date = EvaluationDate.Of(path, setups[0].Tokenizer, sets.SelectMany(s => s.Problems), TimeProvider.System);
        var file = Describe(setups, samplings, sets, samples, seed, date);
        EvaluationFolder.Refuse(path, file);
        foreach (var set in sets) reporter.Say(set.Origin);
        for (var i = 0; i < modes.Count; i++)
            reporter.Say($"{modes[i].Name}: {setups[i].Thinking}{Sameness(samplings[i][0], samples)}");
        using var folder = EvaluationFolder.Open(path, file, sets.ToDictionary(s => s.Name, s => s.Kept));
        using var interrupt = new Interrupt(
            $"stopping: the piece at hand is left out; the same command goes on where {path} ends"
            + (wishes.AuditSamples is null ? "" : ", and begins the audit of the part at hand again"));
        var run = new EvaluationRun(reporter, folder, setups[0].Threads);
        var audits = AuditFile.Read(path) ?? new AuditFile([]);
        var settings = Fingerprint.OfSettings(folder.File);
        Decoder? model = null;
        try
        {
            for (var i = 0; i < modes.Count; i++)
            {
                var (mode, setup) = (modes[i], setups[i]);
                var parts = sets.Select((set, j) => (Set: set, Sampling: samplings[i][j],
                    Part: file.Parts.Single(p => p.Benchmark == set.Name && p.Mode == mode.Name))).ToList();
                if (parts.All(p => run.IsWhole(p.Part) && IsAudited(p.Part))) continue;
                model ??= setup.MakeModel();
                Action<double>? told = null;
                using var bench = setup.MakeWorkbench(model, share => told?.Invoke(share));
                bench.Reader.Clock = EvaluationDate.Clock(date);
                foreach (var (set, sampling, part) in parts)
                    run.Answer(part, set, new ModelAnswerer(bench, sampling, seed, listener => told = listener), interrupt.Token);
                told = null;
                foreach (var (set, sampling, part) in parts.Where(p => !IsAudited(p.Part)))
                {
                    try
                    {
                        var audit = new AuditRun(reporter, bench, wishes.AuditSamples!.Value, wishes.Ks).Run(
                            set.Name, mode.Name, set.Task, set.Problems, sampling, seed, interrupt.Token);
                        audits = audits.With(audit with { Settings = settings });
                    }
                    catch (UserError error)
                    {
                        throw new UserError($"{error.Message}; the answers are kept: without --audit the same command reports them");
                    }
                    audits.Write(path);
                }
            }
        }
        finally
        {
            model?.Dispose();
        }
        if (source.Run is { } kept) Keep(folder, sets, kept);
        Finish.Write(reporter, folder.Path, wishes.Ks);

        bool IsAudited(EvaluationPart part) =>
            wishes.AuditSamples is not { } n || audits.Find(part.Benchmark, part.Mode, settings, n) is not null;
    }

    /// <summary>Refuses modes whose thoughts cannot be audited.</summary>
    private void CheckAudit(SamplingOptions[][] samplings)
    {
        for (var i = 0; i < modes.Count; i++)
            if (samplings[i].Select(ThoughtAudit.Problem).OfType<string>().FirstOrDefault() is { } problem)
                throw new UserError($"--audit of the mode {modes[i].Name}: {problem}");
    }

    /// <summary>What a reader should know of thoughts without noise; empty for others.</summary>
    private static string Sameness(SamplingOptions sampling, int samples) => samples == 1 || sampling.Law is not SoftThinking ? ""
        : sampling.ThinkEnd.Tokens.Count > 0 || sampling.ThinkEnd.Text is not null
            ? "; without noise, a problem's answers share their thoughts"
            : $"; without noise and without an answer after the thoughts, a problem's {samples} answers are one and the same";

    /// <summary>The recipe's own held-out problems.</summary>
    private static AskedSet[] OwnSets(Setup setup) => [.. setup.Problems.Tests().Select(test =>
    {
        var name = test.Name ?? setup.Task.Name;
        return new AskedSet(name, setup.Task, test.Problems, [
            new($"{name}.task", setup.Task.Name),
            new($"{name}.problems", $"{test.Problems.Count} sha256:{Fingerprint.OfProblems(test.Problems)}"),
            .. AskedSet.Judge(name, (setup.Task as JsonLinesTask)?.Grader ?? setup.Task.Name),
        ], setup.Problems.Origin ?? $"{name}: {test.Problems.Count} held-out problems");
    })];

    private static SamplingOptions SamplingOf(AnswerMode mode, Setup setup, AskedSet set)
    {
        var sampling = setup.Settings.Sampling(set.Task, setup.Tokenizer, setup.Algorithm.Law);
        var wrong = sampling.Problems(setup.Tokenizer.VocabularySize, training: false).ToList();
        if (wrong.Count == 0)
            foreach (var problem in set.Problems)
            {
                ProblemSets.Check([problem], setup.Tokenizer, sampling, setup.Config.MaxPositions, wrong);
                if (wrong.Count > 0) break;
            }
        return wrong.Count == 0 ? sampling : throw new UserError($"{set.Name} {mode.Name}: {wrong[0]}");
    }

    private EvaluationFile Describe(
        Setup[] setups, SamplingOptions[][] samplings, IReadOnlyList<AskedSet> sets, int samples, ulong seed, string? date)
    {
        var first = setups[0];
        var settings = new List<KeyValuePair<string, string>>
        {
            new("seed", $"{seed}"),
            new("weights", first.Path is { } path
                ? $"sha256:{Fingerprint.OfWeights(path)}"
                : $"new, of seed {_recipe.Seed} sha256:{Fingerprint.OfText(first.Config.ToString())}"),
            new("tokenizer", (first.Path is { } at ? Fingerprint.OfTokenizer(at) : null) is { } words
                ? $"sha256:{words}" : "in the weights"),
            new("engine", first.EngineFor(ParameterLayout.Of(first.Config).TotalElements) is EngineKind.Simd
                ? $"simd, vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits"
                : $"torch, {first.Threads} threads"),
            new("dtype", _recipe.Dtype),
            new("device", first.Device.type.ToString().ToLowerInvariant()),
            new("rollout_rows", $"{_recipe.RolloutRows}"),
        };
        if (date is not null) settings.Add(new(EvaluationDate.Key, date));
        foreach (var set in sets) settings.AddRange(set.Settings);
        for (var i = 0; i < modes.Count; i++)
        {
            settings.AddRange(Decoding(modes[i], setups[i], samplings[i][0]));
            for (var j = 0; j < sets.Count; j++)
                settings.Add(new($"{modes[i].Name}.{sets[j].Name}.tokens", $"{samplings[i][j].MaxNewTokens}"));
        }
        settings.AddRange(Versions());
        settings.Add(new("torchsharp", typeof(torch).Assembly.GetName().Version!.ToString(3)));
        return new EvaluationFile
        {
            Name = Title(sets), Command = wishes.Command, Samples = samples, Piece = wishes.PieceOf(samples), Settings = settings,
            Parts = [.. sets.SelectMany(s => modes.Select(m => new EvaluationPart(s.Name, m.Name, s.Problems.Count)))],
            Notes =
                [new("model", source.Model ?? _recipe.ModelNameOrPath), .. sets.Select(s => KeyValuePair.Create(s.Name, s.Origin))],
        };
    }

    /// <summary>What the program itself decides.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Versions() =>
    [
        new("softly", typeof(ModelEvaluation).Assembly.GetName().Version!.ToString(3)),
        new("runtime", $".NET {Environment.Version}"),
    ];

    /// <summary>A mode's decoding as it takes effect, and the keys that were given.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Decoding(AnswerMode mode, Setup setup, SamplingOptions sampling)
    {
        yield return new($"{mode.Name}.law", sampling.Law?.Name ?? "none");
        if (sampling.Law is not null)
        {
            yield return new($"{mode.Name}.method", mode.Recipe.Algorithm);
            yield return new($"{mode.Name}.thinking", Words(sampling.Thinking));
        }
        yield return new($"{mode.Name}.answer", Words(sampling.Answer));
        yield return new($"{mode.Name}.think_end", sampling.ThinkEnd switch
        {
            { Tokens: { Count: > 0 } tokens } => "tokens " + string.Join(" ", tokens),
            { Text: { } text } => $"text {text}",
            _ => "none",
        });
        foreach (var key in RecipeReader.Keys.Where(k => AnswerModes.Keys.Contains(k.Name)))
            if (key.Property.GetValue(mode.Recipe) is { } value && !Equals(value, key.Property.GetValue(new Recipe())))
                yield return new($"{mode.Name}.{key.Name}", Convert.ToString(value, CultureInfo.InvariantCulture)!);
    }

    private static string Words(SupportFilter filter) => FormattableString.Invariant(
        $"temperature {filter.Temperature}, top_k {filter.TopK}, top_p {filter.TopP}, min_p {filter.MinP}, slots {filter.Slots}");

    private int Same(Func<Recipe, int> of, string key) => modes.Select(m => of(m.Recipe)).Distinct().ToList() is [var one]
        ? one
        : throw new UserError(
            $"the modes' presets differ in {key} ({string.Join(", ", modes.Select(m => $"{m.Name} {of(m.Recipe)}"))}): give {key}=… for all of them");

    private string Title(IReadOnlyList<AskedSet> sets) =>
        $"{SourceName()}-{(sets.Count <= 3 ? string.Join('-', sets.Select(s => s.Name)) : $"{sets.Count}-benchmarks")}";

    private string SourceName()
    {
        var path = source.Model ?? _recipe.ModelNameOrPath;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        return name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? name[..^5] : name;
    }

    private string DefaultFolder(IReadOnlyList<AskedSet> sets) =>
        Path.Combine(source.Run is { } run ? Path.Combine(run, "evaluations") : "evaluations", Title(sets));

    /// <summary>Keeps the figures in the run, where its report and its comparisons find them.</summary>
    private void Keep(EvaluationFolder folder, IReadOnlyList<AskedSet> sets, string run)
    {
        var log = new EvaluationLog(Path.Combine(run, "evaluations"));
        foreach (var part in folder.File.Parts)
        {
            var set = sets.Single(s => s.Name == part.Benchmark);
            var record = Finish.Record(
                _recipe.Algorithm, $"{part.Mode} · {part.Benchmark}", OwnTask.StepOf(source.Model), _recipe.Seed, set,
                SampleLog.Read(Path.Combine(folder.Path, part.Samples)));
            if (record is not null) reporter.Say($"kept as {log.Add(record)}");
        }
    }
}
