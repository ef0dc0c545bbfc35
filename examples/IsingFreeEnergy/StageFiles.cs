using System.Globalization;

namespace IsingFreeEnergy;

/// <summary>Stages of a training, each in a small file: the step, then one configuration a line.</summary>
public sealed class StageFiles(RunFolder folder, int sites)
{
    /// <summary>Configurations of a stage.</summary>
    public const int Count = 25;

    /// <summary>Number of stages of a whole training.</summary>
    public const int Stages = 4;

    public bool Has(int stage) => File.Exists(folder[Name(stage)]);

    public void Write(int stage, Stage content)
    {
        ArgumentNullException.ThrowIfNull(content);
        folder.Save(Name(stage), [content.Step.ToString(CultureInfo.InvariantCulture), .. content.Configurations]);
    }

    /// <summary>The stages kept so far, in order.</summary>
    /// <exception cref="FormatException">A file is no stage of this lattice.</exception>
    public IReadOnlyList<Stage> Read() => [.. Enumerable.Range(0, Stages).Where(Has).Select(Read)];

    private static string Name(int stage) => string.Create(CultureInfo.InvariantCulture, $"stage-{stage}.txt");

    private Stage Read(int stage)
    {
        var lines = File.ReadAllLines(folder[Name(stage)]);
        return lines.Length == Count + 1 && long.TryParse(lines[0], CultureInfo.InvariantCulture, out var step) && lines.Skip(1).All(line => line.Length == sites)
            ? new(step, lines[1..])
            : throw new FormatException($"Expected a step and {Count} configurations of {sites} spins in '{folder[Name(stage)]}'; run without --resume.");
    }
}
