using System.CommandLine;
using Softly.Cli.Evaluating;

namespace Softly.Cli.Commands;

/// <summary>The options of <c>softly evaluate</c>.</summary>
internal sealed class EvaluateOptions
{
    public Option<string?> Benchmarks { get; } = new("--benchmarks")
    {
        Description = "benchmarks by name, separated by commas (see --list) [default: the recipe's own held-out problems]"
    };

    public Option<string?> Data { get; } = new("--data")
    {
        Description = "the folder with the benchmarks' files (.jsonl or .parquet), one file, or org/name of a fetched data set "
            + "[default: each benchmark's own data set in the hub's cache]"
    };

    public Option<string?> Modes { get; } = new("--modes")
    {
        Description = "how to answer, separated by commas: discrete (plain tokens), soft (mixtures without noise), soft-noise "
            + "(mixtures with noise), own (as the source does) [default: those of --preset, else own]"
    };

    public Option<string?> Presets { get; } = new("--preset")
    {
        Description = "settings by name: " + string.Join("; ", Preset.All.Select(p => $"{p.Name} ({p.About})"))
            + " [default: common for a model without a recipe that --modes are asked of, else none]"
    };

    public Option<int?> Limit { get; } = new("--limit") { Description = "only the first so many problems of each benchmark" };

    public Option<string?> Slices { get; } = new("--slice")
    {
        Description = "only problems FROM:TO of each benchmark, counted from 0"
    };

    public Option<string?> Split { get; } = new("--split")
    {
        Description = "only records with this value in their column split, or all [default: mbpp's test, else all]"
    };

    public Option<bool> Plain { get; } = new("--plain")
    {
        Description = "questions as plain texts, for models without a chat template"
    };

    public Option<string?> Ks { get; } = new("--k")
    {
        Description = "the k of pass@k that are told, separated by commas, each at most eval_samples"
    };

    public Option<string?> Out { get; } = new("--out")
    {
        Description = "the evaluation's folder; in it the same evaluation goes on "
            + "[default: evaluations/NAME, of a run in its folder]"
    };

    public Option<int?> Piece { get; } = new("--piece")
    {
        Description = "problems that are answered and written together [default: as many as make 128 answers; of an endpoint 1]"
    };

    public Option<bool> Audit { get; } = new("--audit")
    {
        Description = "also answer the problems again after other thoughts (random ones, another problem's, blank ones, winners "
            + "alone, without noise) and say whether the thoughts carry the answer"
    };

    public Option<int?> AuditSamples { get; } = new("--audit-samples")
    {
        Description = $"with --audit: samples a problem [default: {AuditRun.DefaultSamples}]"
    };

    public Option<string?> Model { get; } = new("--model")
    {
        Description = "of an endpoint: the model's name there [default: the only one]"
    };

    public Option<bool> Completions { get; } = new("--completions")
    {
        Description = "of an endpoint: plain completions instead of a chat"
    };

    public Option<int> Concurrency { get; } = new("--concurrency")
    {
        Description = "of an endpoint: requests under way at once", DefaultValueFactory = _ => 4
    };

    public Option<int> Choices { get; } = new("--choices")
    {
        Description = "of an endpoint: answers asked for in one request; of more than one the tokens are known together only",
        DefaultValueFactory = _ => 1,
    };

    public Option<double> Timeout { get; } = new("--timeout")
    {
        Description = "of an endpoint: seconds to wait for a reply", DefaultValueFactory = _ => 600
    };

    public Option<string[]> Compare { get; } = new("--compare")
    {
        Description = "two evaluations' folders, A and B: A minus B, paired by problem; several seeds of a side separated by "
            + "commas, one mode of them behind # (runs/a#soft)",
        Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true,
    };

    public Option<bool> List { get; } = new("--list") { Description = "list the benchmarks" };

    public Option<string?> Decoding { get; } = new("--decoding")
    {
        Description = "of the recipe's own problems: a name for this way of decoding [default: own, or what was changed]"
    };

    /// <summary>All of them, in the order of the help.</summary>
    public IReadOnlyList<Option> All =>
    [
        Benchmarks, Data, Modes, Presets, Limit, Slices, Split, Plain, Ks, Out, Piece, Audit,
        AuditSamples, Model, Completions, Concurrency, Choices,
        Timeout, Compare, List, Decoding,
    ];

    /// <summary>Those that ask for more than the recipe's own problems in its own way.</summary>
    public Option[] OfFolders => [Benchmarks, Modes, Presets, Out, Piece, Ks, .. OfAudits, .. OfBenchmarks];

    /// <summary>Those that say which problems of benchmarks are asked, and how.</summary>
    public Option[] OfBenchmarks => [Data, Limit, Slices, Split, Plain];

    /// <summary>Those that ask what thoughts are worth.</summary>
    public Option[] OfAudits => [Audit, AuditSamples];

    /// <summary>Those that mean something to an endpoint alone.</summary>
    public Option[] OfEndpoints => [Model, Completions, Concurrency, Choices, Timeout];

    /// <summary>The first of some options that was given; null where none was.</summary>
    public static Option? Given(ParseResult parsed, IEnumerable<Option> options) =>
        options.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
}
