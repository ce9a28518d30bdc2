using System.Diagnostics;
using Softly.Evaluation;
using Softly.Runs;
using Softly.Sampling;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>
/// Audits the thoughts of a model at hand and says where it stands: for evaluations, and for any page that wants
/// <see cref="Softly.Runs.Reports.AuditSection"/>.
/// </summary>
/// <param name="reporter">Told how far it is.</param>
/// <param name="bench">The model with its engine.</param>
/// <param name="samples">n: samples a problem.</param>
/// <param name="ks">The k of pass@k, those above n left out; null for powers of 2 up to n.</param>
internal sealed class AuditRun(Reporter reporter, Workbench bench, int samples, IReadOnlyList<int>? ks = null)
{
    /// <summary>Samples a problem where nobody says it.</summary>
    public const int DefaultSamples = 8;

    /// <summary>Told the share done, from 0 to 1.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>The k that are told of n samples.</summary>
    /// <param name="ks">As asked; null for the usual ones.</param>
    /// <param name="samples">n.</param>
    public static IReadOnlyList<int> KsOf(IReadOnlyList<int>? ks, int samples) =>
        [.. (ks ?? Summaries.Ks(samples)).Where(k => k <= samples)];

    /// <summary>Audits one part.</summary>
    /// <param name="benchmark">What is asked, for the reader.</param>
    /// <param name="mode">How it is answered, for the reader.</param>
    /// <param name="task">Judges.</param>
    /// <param name="problems">What is asked.</param>
    /// <param name="sampling">How it is answered.</param>
    /// <param name="seed">An evaluation's: the thoughts are then those of its first n samples.</param>
    /// <param name="cancel">Stops; nothing is kept of the part then.</param>
    /// <exception cref="UserError">Thoughts drawn so cannot be audited.</exception>
    public PartAudit Run(
        string benchmark, string mode, ITask task, IReadOnlyList<Problem> problems, SamplingOptions sampling, ulong seed,
        CancellationToken cancel) => Try(benchmark, mode, task, problems, sampling, seed, cancel, out var reason)
            ?? throw new UserError($"audit of {benchmark} {mode}: {reason}");

    /// <summary>The same; null, with the reason, where thoughts drawn so cannot be audited.</summary>
    public PartAudit? Try(
        string benchmark, string mode, ITask task, IReadOnlyList<Problem> problems, SamplingOptions sampling, ulong seed,
        CancellationToken cancel, out string reason)
    {
        reason = ThoughtAudit.Problem(sampling) ?? "";
        if (reason.Length > 0) return null;
        var clock = Stopwatch.StartNew();
        reporter.Progress($"{benchmark} {mode}: audit of the thoughts, {problems.Count} problems × {samples}", important: true);
        var audit = new ThoughtAudit(bench.Generator, task, bench.Tokenizer.TokenId, id => bench.Tokenizer.TokenText(id).Trim())
        {
            Progress = share =>
            {
                Progress?.Invoke(share);
                reporter.Progress($"{benchmark} {mode}: audit {share:P0} · "
                    + $"{HumanTime.Format(clock.Elapsed.TotalSeconds * (1 - share) / Math.Max(share, 1e-9))} left");
            },
        };
        try
        {
            return audit.Run(
                [.. problems.Select(bench.Reader.Read)], samples, sampling, seed, KsOf(ks, samples), cancel) with
            {
                Benchmark = benchmark, Mode = mode,
            };
        }
        catch (NothingToAuditException error)
        {
            reason = error.Message;
            return null;
        }
    }
}
