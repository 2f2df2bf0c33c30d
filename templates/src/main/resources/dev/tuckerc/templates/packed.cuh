#pragma once
// COUNT neighbouring elements, loaded and stored by as few instructions as their alignment allows.
template <typename T, int COUNT>
struct __align__(sizeof(T) * COUNT) Packed {
  T value[COUNT];
};
