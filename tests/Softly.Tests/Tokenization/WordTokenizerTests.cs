using Softly.Tokenization;

namespace Softly.Tests.Tokenization;

public class WordTokenizerTests
{
    private static readonly WordTokenizer Letters = new(["<pad>", "<end>", "a", "b", "c", "b&c", "forward"]);

    [Fact]
    public void Words_become_ids_and_come_back_with_single_blanks()
    {
        Assert.Equal([2, 3, 4, 1], Letters.Encode(" a  b\tc<end>\n"));
        Assert.Equal("a b c", Letters.Decode([2, 3, 4, 1, 0]));
        Assert.Equal("a b c <end>", Letters.Decode([2, 3, 4, 1], skipSpecial: false));
        Assert.Equal(7, Letters.VocabularySize);
    }

    [Fact]
    public void Pad_and_end_are_known_by_name()
    {
        Assert.Equal(0, Letters.PadToken);
        Assert.Equal([1], Letters.EndTokens);
        Assert.Null(Letters.BeginToken);
        var bare = new WordTokenizer(["x"]);
        Assert.Null(bare.PadToken);
        Assert.Empty(bare.EndTokens);
    }

    [Fact]
    public void An_unknown_word_is_an_error_that_names_it_and_the_nearest()
    {
        var error = Assert.Throws<ArgumentException>(() => Letters.Encode("a foward b"));
        Assert.Contains("'foward'", error.Message);
        Assert.Contains("'forward'", error.Message);
    }

    [Fact]
    public void A_joined_word_is_one_position_with_equal_shares()
    {
        var positions = Letters.EncodeMixtures("a a&b b&c a&b&c a&a&b <end>");
        Assert.Equal([[2], [2, 3], [5], [2, 3, 4], [2, 3], [1]], positions.Select(p => p.Ids));
        Assert.Equal([1f], positions[0].Weights);
        Assert.Equal([0.5f, 0.5f], positions[1].Weights);
        Assert.Equal([1f], positions[2].Weights);
        Assert.Equal([1f / 3, 1f / 3, 1f / 3], positions[3].Weights);
        Assert.Equal([2f / 3, 1f / 3], positions[4].Weights);
        Assert.Throws<ArgumentException>(() => Letters.Encode("a&b"));
        Assert.Contains("'x'", Assert.Throws<ArgumentException>(() => Letters.EncodeMixtures("a&x")).Message);
        Assert.Throws<ArgumentException>(() => Letters.EncodeMixtures("a&"));
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a b", "c")]
    [InlineData("", "c")]
    public void A_list_of_words_that_cannot_be_told_apart_is_refused(string first, string second) =>
        Assert.Throws<ArgumentException>(() => new WordTokenizer([first, second]));

    [Fact]
    public void A_saved_vocabulary_is_read_back()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            Letters.Save(folder.FullName);
            var read = Assert.IsType<WordTokenizer>(TokenizerLoader.FromFolder(folder.FullName));
            Assert.Equal([2, 5, 1], read.Encode("a b&c <end>"));
            Assert.Equal(0, read.PadToken);
            Assert.Equal([1], read.EndTokens);
            Assert.Equal("a b&c", read.Decode([2, 5, 1]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_files_of_another_library_are_read()
    {
        var tokenizer = Assert.IsType<WordTokenizer>(
            TokenizerLoader.FromFolder(Reference.Require("golden", "parity", "warm_start")));
        Assert.Equal([8, 8, 12, 17, 2], tokenizer.Encode("1 1 5 10 :"));
        Assert.Equal(107, tokenizer.VocabularySize);
        Assert.Equal(0, tokenizer.PadToken);
        Assert.Equal([1], tokenizer.EndTokens);
    }

    [Fact]
    public void Streaming_gives_the_same_text_as_decoding_at_once()
    {
        var decoder = Letters.StartDecoding();
        Assert.Equal(["a", "", " b", ""], [decoder.Push(2), decoder.Push(1), decoder.Push(3), decoder.Finish()]);
        Assert.Equal("c", decoder.Push(4));
    }
}
