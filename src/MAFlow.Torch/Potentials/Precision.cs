namespace MAFlow.Torch.Potentials;

/// <summary>Arithmetic of the matrix products inside a transport.</summary>
public enum Precision
{
    /// <summary>The potential's own type throughout.</summary>
    Full,

    /// <summary>Factors and results of products in bfloat16 (8 significant bits), accumulated in float32; state, sums and elementwise
    /// functions in the potential's own type.</summary>
    /// <remarks>Pays on processors with AVX512-BF16 or AMX and on GPUs; elsewhere it may be 50 times slower, which a remark of the training
    /// says. For training; score with <see cref="Full"/>.</remarks>
    BFloat16Products,

    /// <summary>The faster of the two here: a flow multiplies both ways when it is made, and its options then say which it took.</summary>
    /// <remarks>Measured once per process and size; a remark of the training names the choice.</remarks>
    Fastest,
}
