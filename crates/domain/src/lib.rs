//! What registration means: CNICs, bilingual names, application kinds, the lifecycle, policy, offices and CNIC rules.
