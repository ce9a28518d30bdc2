using System.Diagnostics;
using System.Globalization;
using Softly.Tasks;
using Softly.Tasks.Extraction;
using Softly.Tasks.Mathematics;

namespace Softly.Cli.Grading;

/// <summary>A grade and how it came about.</summary>
/// <param name="Grader">Who judged.</param>
/// <param name="Gold">The reference answer as given.</param>
/// <param name="Grade">The grade.</param>
/// <param name="Found">What was taken as the answer; null where none was sought or found, or the grader does not say.</param>
/// <param name="FoundLine">The line on which it begins, from 1.</param>
/// <param name="Judged">How mathematics was compared; null for graders that compare texts.</param>
/// <param name="Time">How long it took.</param>
internal sealed record GradeExplanation(
    IGrader Grader, string Gold, Grade Grade, ExtractedAnswer? Found, int FoundLine, Judgement? Judged, TimeSpan Time)
{
    /// <summary>Of an answer that is already cut out.</summary>
    public static GradeExplanation OfAnswer(IGrader grader, string gold, string answer)
    {
        if (grader is not MathGrader math)
            throw new UserError(
                $"--answer: the grader '{grader.Name}' reads whole outputs; give one with --response, or choose --grader math");
        var watch = Stopwatch.StartNew();
        var judged = MathAnswers.Judge(gold, answer, math.Options);
        var grade = new Grade(judged.IsRight ? 1 : 0, judged.Verdict, judged.Rule, answer);
        return new GradeExplanation(grader, gold, grade, null, 0, judged, watch.Elapsed);
    }

    /// <summary>Of a whole output.</summary>
    public static GradeExplanation OfResponse(IGrader grader, string gold, string response)
    {
        var watch = Stopwatch.StartNew();
        var grade = grader.Grade(gold, response);
        var time = watch.Elapsed;
        var (found, judged) = grader is MathGrader math ? math.Explain(gold, response) : (null, null);
        var line = found is null ? 0 : response.AsSpan(0, found.Start).Count('\n') + 1;
        return new GradeExplanation(grader, gold, grade, found, line, judged, time);
    }

    /// <summary>A line with the verdict; with the explanation, how it came about.</summary>
    public void Show(Reporter reporter, bool explain)
    {
        if (reporter.Json)
        {
            reporter.Record(new
            {
                grader = Grader.Name, score = double.IsNaN(Grade.Score) ? (double?)null : Grade.Score,
                verdict = Grade.Verdict.Name(), reason = Grade.Reason, gold = Gold, extracted = Grade.Extracted,
                how = Found?.How.ToString(), start = Found?.Start, length = Found?.Length,
                line = Found is null ? (int?)null : FoundLine, gold_read = Judged?.Wanted,
                answer_read = Judged?.Given,
                milliseconds = Math.Round(Time.TotalMilliseconds, 3),
            });
            return;
        }
        if (explain)
        {
            if (Found is not null)
                reporter.Say($"extracted  {Found.Text}\n           from {Place(Found.How)}, line {FoundLine}, characters "
                    + $"{Found.Start} to {Found.Start + Found.Length}");
            else if (Grade.Extracted is { } extracted) reporter.Say($"extracted  {extracted}");
            reporter.Say($"reference  {Gold}" + (Judged is null ? "" : $"\n  read as  {Judged.Wanted}"));
            if (Judged is not null) reporter.Say($"answer     {Grade.Extracted}\n  read as  {Judged.Given}");
            reporter.Say(string.Create(CultureInfo.InvariantCulture, $"time       {Time.TotalMilliseconds:0.0} ms"));
        }
        reporter.Say($"{Grade.Verdict.Name()}: {Grade.Reason}");
    }

    private static string Place(AnswerPlace place) => place switch
    {
        AnswerPlace.Box => "a box",
        AnswerPlace.Field => "a field \"answer\"",
        AnswerPlace.FinalAnswer => "a statement of the final answer",
        AnswerPlace.Answer => "a statement of the answer",
        AnswerPlace.Marks => "what follows ####",
        AnswerPlace.Line => "a line A:",
        AnswerPlace.Formula => "the last formula",
        AnswerPlace.Number => "the last number",
        _ => "a letter that is meant as a choice",
    };
}
