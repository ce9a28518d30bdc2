namespace Softly.Tokenization.Files;

/// <summary>Reads the <c>post_processor</c> of a tokenizer.json: which ids stand around a text.</summary>
internal static class PostProcessorJson
{
    /// <summary>The ids before and after a text.</summary>
    public static (List<int> Before, List<int> After) Read(JsonField field, int vocabularySize)
    {
        switch (field.Get("type").Text())
        {
            case "ByteLevel":
                return ([], []);
            case "Sequence":
                var (before, after) = (new List<int>(), new List<int>());
                foreach (var item in field.Get("processors").Items())
                {
                    var (innerBefore, innerAfter) = Read(item, vocabularySize);
                    before.InsertRange(0, innerBefore);
                    after.AddRange(innerAfter);
                }

                return (before, after);
            case "TemplateProcessing":
                return Template(field, vocabularySize);
            case var other:
                throw field.Refuse(
                    $"the post-processor '{other}' is not supported; supported are ByteLevel, TemplateProcessing and Sequence");
        }
    }

    private static (List<int> Before, List<int> After) Template(JsonField field, int vocabularySize)
    {
        var (before, after) = (new List<int>(), new List<int>());
        var texts = 0;
        foreach (var item in field.Get("single").Items())
        {
            if (item.Find("Sequence") is not null)
            {
                texts++;
                continue;
            }

            var name = item.Get("SpecialToken").Get("id").Text();
            foreach (var id in field.Get("special_tokens").Get(name).Get("ids").Items())
                (texts == 0 ? before : after).Add(id.Id() < vocabularySize ? id.Id() : throw id.Refuse("beyond the vocabulary"));
        }

        return texts == 1 ? (before, after) : throw field.Get("single").Refuse("expected the sequence exactly once");
    }
}
