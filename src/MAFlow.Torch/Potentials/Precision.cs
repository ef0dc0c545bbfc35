namespace MAFlow.Torch.Potentials;

/// <summary>Arithmetic of the matrix products inside a transport.</summary>
public enum Precision
{
    /// <summary>The potential's own type throughout.</summary>
    Full,

    /// <summary>Factors and results of products in bfloat16 (8 significant bits), accumulated in float32; state, sums and elementwise
    /// functions in the potential's own type.</summary>
    /// <remarks>Pays on processors with AVX512-BF16 or AMX and on GPUs. For training; score with <see cref="Full"/>.</remarks>
    BFloat16Products,
}
