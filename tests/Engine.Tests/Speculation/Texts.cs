using KernelDsl.Runtime.Engine;

namespace EngineTests.Speculation;

/// <summary>Texts to guess: kind ones, plain ones, and ones that know the drafter and let it down.</summary>
static class Texts
{
    const int Length = 1500, Ids = 64;

    /// <summary>A hundred random tokens again and again.</summary>
    public static int[] Copy(int first) => Rule(first, (random, i, text, _) => i < 100 ? random.Next(Ids) : text[i - 100]);

    /// <summary>Random tokens: matches are rare and mean nothing.</summary>
    public static int[] Random(int first) => Rule(first, (random, _, _, _) => random.Next(Ids));

    /// <summary>Random tokens of three: there is always a long match, and it is right by chance, one time in three.</summary>
    public static int[] ThreeIds(int first) => Rule(first, (random, _, _, _) => random.Next(3));

    /// <summary>Few ids, and never the one that is guessed.</summary>
    public static int[] Contrary(int first) => Rule(first, (random, _, _, guess) => Other(guess, random.Next(6)));

    /// <summary>Grants so many guesses, then none for as long: good prospects are always about to end.</summary>
    public static int[] Teasing(int first, int run) => Rule(first, (random, i, _, guess) => i / run % 2 == 0 ? guess ?? random.Next(6) : Other(guess, random.Next(6)));

    /// <summary>Copies and random text in turn.</summary>
    public static int[] Changing(int first) => Rule(first, (random, i, text, _) => i < 200 || i / 150 % 2 == 0 ? random.Next(Ids) : text[i - 130]);

    static int Other(int? guess, int id) => id == guess ? id + 1 : id;

    static int[] Rule(int first, Func<Random, int, int[], int?, int> next)
    {
        var random = new Random(first);
        var sequence = new Sequence(Requests.Of([first], maxTokens: null), 0, Length + 1, seed: 1);
        var drafter = new Drafter(sequence, new HitRates());
        var guess = new int[1];
        var text = new int[Length];
        text[0] = first;
        for (var i = 1; i < Length; i++)
        {
            drafter.Update();
            if (drafter.Match > 0)
                drafter.Fill(guess);
            text[i] = next(random, i, text, drafter.Match > 0 ? guess[0] : null);
            sequence.Advance(1);
            sequence.Append(text[i]);
        }

        return text;
    }
}
