using System.Diagnostics;
using Softly.Runs;
using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>
/// Answers the parts of an evaluation piece by piece: answered, graded, written, and only then the next. What was written before
/// is not asked again.
/// </summary>
/// <param name="reporter">Told where it stands.</param>
/// <param name="folder">Where answers go.</param>
/// <param name="threads">How many grade side by side.</param>
internal sealed class EvaluationRun(Reporter reporter, EvaluationFolder folder, int threads)
{
    private Eta? _eta;

    /// <summary>Whether every answer of a part is there.</summary>
    public bool IsWhole(EvaluationPart part)
    {
        using var log = folder.OpenSamples(part);
        return log.Samples.Count == part.Problems * folder.File.Samples;
    }

    /// <summary>Answers what is left of a part.</summary>
    /// <exception cref="OperationCanceledException">It was stopped; all whole pieces are written.</exception>
    /// <exception cref="InvalidDataException">What was written belongs to other problems.</exception>
    public void Answer(EvaluationPart part, AskedSet set, IAnswerer answerer, CancellationToken cancel)
    {
        var (samples, size) = (folder.File.Samples, folder.File.Piece);
        using var log = folder.OpenSamples(part);
        Check(log.Samples, set.Problems, part);
        var done = log.Samples.Count / samples;
        var eta = _eta ??= new Eta(folder.File.Parts.Sum(Pieces), folder.File.Parts.Sum(DonePieces), window: 8);
        var left = set.Problems.Skip(done).Chunk(size).ToList();
        if (left.Count == 0) return;
        if (done > 0) reporter.Say($"{part.Benchmark} {part.Mode}: {done} of {part.Problems} problems were answered before");
        var judging = new Judging(set.Task, threads);
        var clock = Stopwatch.StartNew();
        Tell(0);
        foreach (var piece in answerer.Answer(left, samples, Tell, cancel))
        {
            log.Append(judging.Records(piece, cancel));
            done += piece.Problems.Count;
            eta.Step(clock.Elapsed);
            clock.Restart();
            Tell(0);
        }

        void Tell(double share)
        {
            var reached = Math.Min(part.Problems, done + share * size);
            var left = eta.StepTime is { } step && eta.Left is { } rest
                ? $" · {HumanTime.Format(Math.Max(0, (rest - share * step).TotalSeconds))} left" : "";
            reporter.Progress(
                $"{part.Benchmark} {part.Mode}: {reached:F0} of {part.Problems} problems × {samples}{left}", important: reached == 0);
        }
    }

    private int Pieces(EvaluationPart part) => (part.Problems + folder.File.Piece - 1) / folder.File.Piece;

    private int DonePieces(EvaluationPart part)
    {
        var path = Path.Combine(folder.Path, part.Samples);
        var answers = File.Exists(path) ? File.ReadLines(path).Count() : 0;
        return answers / (folder.File.Piece * folder.File.Samples);
    }

    private void Check(IReadOnlyList<SampleRecord> written, IReadOnlyList<Problem> problems, EvaluationPart part)
    {
        if (written.Count == 0) return;
        var samples = folder.File.Samples;
        for (var i = 0; i < written.Count; i++)
            if (written[i].ProblemId != problems[i / samples].Id || written[i].Sample != i % samples)
                throw new InvalidDataException(
                    $"{part.Samples}, line {i + 1}: an answer to {written[i].ProblemId}, expected {problems[i / samples].Id}: "
                    + "the file was changed; remove it, or choose another folder");
    }
}
