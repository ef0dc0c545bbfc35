using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace MAFlow.MLNet.Scoring;

/// <summary>A model as tensors, p(x) or p(x | c).</summary>
internal abstract class TensorModel : IDisposable
{
    /// <summary>Number of features N.</summary>
    public abstract int Dimension { get; }

    /// <summary>Number of context features C; 0 where the density depends on no context.</summary>
    public abstract int ContextDimension { get; }

    /// <summary>Number of integration steps.</summary>
    public abstract int Depth { get; }

    /// <summary>Whether it computes on the CPU.</summary>
    public abstract bool IsOnCpu { get; }

    /// <summary>The model where it depends on no context.</summary>
    /// <exception cref="InvalidOperationException">It depends on one.</exception>
    public abstract DensityModel Plain { get; }

    /// <summary>The model where it depends on a context.</summary>
    /// <exception cref="InvalidOperationException">It depends on none.</exception>
    public abstract ConditionalDensityModel Conditional { get; }

    /// <summary>Reads a model, which no dispose scope of a user holds.</summary>
    /// <param name="stream">Positioned at the first byte.</param>
    /// <param name="length">Number of bytes that belong to the model.</param>
    /// <param name="isConditional">Whether it depends on a context.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="FormatException">The bytes are damaged, foreign, or of another version.</exception>
    public static TensorModel Load(Stream stream, long length, bool isConditional, Device device)
    {
        using var scope = NewDisposeScope();
        return isConditional
            ? new ConditionalTensorModel(ConditionalDensityModel.Load(stream, length, device), device)
            : new PlainTensorModel(DensityModel.Load(stream, length, device));
    }

    /// <summary>The same model at another depth, which shares everything with this one and is not disposed.</summary>
    public abstract TensorModel At(int depth);

    /// <summary>Latent codes and log-densities of finite rows [B, N] with finite contexts [B, C].</summary>
    public abstract Encoded Encode(Tensor rows, Tensor? contexts);

    /// <summary>Rows [B, N] of latent codes.</summary>
    public abstract Tensor Decode(Tensor codes, Tensor? contexts);

    /// <summary>The gradient of -ln p [B, N], which models without contexts have.</summary>
    public abstract Tensor ScoreGradient(Tensor rows);

    /// <summary>Writes the model file.</summary>
    public abstract void Save(Stream stream);

    public abstract void Dispose();
}
