using static TorchSharp.torch;

namespace IsingFreeEnergy;

/// <summary>Keeps what the flow draws at some stages of training, always from the same latent codes.</summary>
public sealed class Stages(StageFiles files, MongeAmpereFlow flow, Func<Tensor, Generator, Tensor> signs, Settings settings, IProgress<TrainingProgress>? next = null) : IProgress<TrainingProgress>
{
    /// <summary>Share of the training time after which the third stage is kept, after the untrained flow and the warm start.</summary>
    private const double Early = 0.1;

    public void Report(TrainingProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
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
        files.Write(stage, new(step, [.. spins.Chunk((int)flow.Dimension).Select(row => string.Concat(row.Select(spin => spin > 0 ? '+' : '-')))]));
    }
}
