using System.Globalization;
using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>Keeps what the flow draws at some stages of training, always from the same latent codes.</summary>
public sealed class Stages(StageFiles files, MongeAmpereFlow flow, Func<Tensor, Generator, Tensor> signs, Settings settings, IProgress<TrainingProgress>? next = null) : IProgress<TrainingProgress>
{
    /// <summary>Share of the training time after which the third stage is kept, after the untrained flow and the warm start.</summary>
    private const double Early = 0.1;

    public void Report(TrainingProgress value)
    {
        next?.Report(value);
        if (value.IsRoundEnd && value.Current.ElapsedSeconds / settings.TrainingTime.TotalSeconds >= Early)
        {
            Keep(2, value.Current.Step, value.Depth);
        }
    }

    /// <summary>Draws from a flow, unless the stage has been kept.</summary>
    public void Keep(int stage, long step, int depth)
    {
        // A resumed training has the early ones already.
        if (files.Has(stage))
        {
            return;
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator((ulong)settings.Seed + 2);
        var spins = signs(flow.At(depth).Sample(StageFiles.Count, generator).X, generator).to(float32).cpu().data<float>().ToArray();
        files.Write(
            stage, new(step, [.. spins.Chunk((int)flow.Dimension).Select(row => string.Concat(row.Select(spin => spin > 0 ? '+' : '-')))]));
    }
}

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
        folder.Save(Name(stage), [content.Step.ToString(CultureInfo.InvariantCulture), .. content.Configurations]);
    }

    /// <summary>The stages kept so far, in order.</summary>
    /// <exception cref="FormatException">A file is no stage of this lattice.</exception>
    public IReadOnlyList<Stage> Read() => [.. Enumerable.Range(0, Stages).Where(Has).Select(Read)];

    private static string Name(int stage) => string.Create(CultureInfo.InvariantCulture, $"stage-{stage}.txt");

    private Stage Read(int stage)
    {
        var lines = File.ReadAllLines(folder[Name(stage)]);
        return lines.Length == Count + 1 && long.TryParse(lines[0], CultureInfo.InvariantCulture, out var step) && lines.Skip(1).All(
            line => line.Length == sites)
            ? new(step, lines[1..])
            : throw new FormatException(
                $"Expected a step and {Count} configurations of {sites} spins in '{folder[Name(stage)]}'; run without --resume.");
    }
}

/// <summary>Configurations that the flow drew after a number of steps: one text of + and - each.</summary>
public sealed record Stage(long Step, IReadOnlyList<string> Configurations);
