using Softly.Cli.Evaluating;
using Softly.Generation;
using Softly.Runs;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Tests.Cli.Evaluating;

/// <summary>Prompts of templates that print the date.</summary>
public sealed class EvaluationDateTests : IDisposable
{
    private readonly TemporaryFolder _at = new();

    private static readonly Problem[] Asked = [new("p", "1", "2") { Messages = [new("user", "1")] }];

    public void Dispose() => _at.Dispose();

    private Tokenizer With(string template)
    {
        new WordTokenizer(["<pad>", "<end>", "1", "2"]).Save(_at.File("words"));
        File.WriteAllText(_at.File("words/chat_template.jinja"), template);
        return TokenizerLoader.FromFolder(_at.File("words"));
    }

    private sealed class On(int year) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(year, 6, 15, 12, 0, 0, TimeSpan.Zero);
    }

    [Fact]
    public void An_evaluation_goes_on_with_the_date_on_which_it_began()
    {
        var tokenizer = With("{% if strftime_now('%Y') == '2024' %}1{% else %}2{% endif %}");
        var date = EvaluationDate.Of(_at.File("out"), tokenizer, Asked, new On(2024));
        Assert.StartsWith("2024-06-15T", date);
        var begun = new EvaluationFile { Name = "x", Samples = 1, Piece = 1, Settings = [new("date", date!)], Parts = [] };
        Directory.CreateDirectory(_at.File("out"));
        begun.Write(_at.File("out"));
        var later = EvaluationDate.Of(_at.File("out"), tokenizer, Asked, new On(2026));
        Assert.Equal(date, later);
        var reader = new ProblemReader(tokenizer) { Clock = EvaluationDate.Clock(later) };
        Assert.Equal(tokenizer.TokenId("1"), Assert.Single(reader.Read(Asked[0]).Rows).Ids.Single());
    }

    [Fact]
    public void Where_no_date_is_printed_none_is_kept()
    {
        Assert.Null(EvaluationDate.Of(_at.File("out"), With("{{ messages[0].content }}"), Asked, new On(2024)));
        Assert.Null(EvaluationDate.Clock(null));
    }
}
